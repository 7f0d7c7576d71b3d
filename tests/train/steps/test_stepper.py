"""Training steps against plain loops in NumPy and JAX; states and errors."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from autodiff.programs import QUICK
from chainrule import nn
from chainrule.errors import (
    OptionError,
    RunError,
    ShapeError,
    TrainingError,
    UnknownNameError,
)
from chainrule.ops.losses import binary_cross_entropy, cross_entropy, half_squared_error, mse
from chainrule.train.optimizers import SGD, Adam, AdamW, RMSProp
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.stepper import make_stepper
from chainrule.train.storage.checkpoint import Checkpoint

jax.config.update("jax_enable_x64", True)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(22, 4))
LABELS = RNG.integers(0, 3, 22)
# 22 rows by 8: every third batch is a small one
BATCHES = [
    rows
    for epoch in range(7)
    for rows in np.split(np.random.default_rng(epoch).permutation(22), [8, 16])
][:20]
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


def forward(p, x, training=True, buffers=None, updates=None):
    """4 → 6 → BatchNorm → tanh → 3, in JAX, by the textbook."""
    z = x @ p["layers.0.weight"].T
    if training:
        mean, var = z.mean(0), z.var(0)
        if updates is not None:
            n = len(x)
            updates["layers.1.running_mean"] = mean
            updates["layers.1.running_var"] = var * n / (n - 1)
    else:
        mean, var = buffers["layers.1.running_mean"], buffers["layers.1.running_var"]
    n = (z - mean) / jnp.sqrt(var + 1e-5) * p["layers.1.weight"] + p["layers.1.bias"]
    return jnp.tanh(n) @ p["layers.3.weight"].T + p["layers.3.bias"]


def loss_of(p, x, y):
    return -jnp.mean(jax.nn.log_softmax(forward(p, x))[jnp.arange(len(y)), y])


@pytest.mark.parametrize("clip", [None, 0.2])
def test_twenty_steps_of_adam_agree_with_a_loop_in_jax(clip):
    model = nn.mlp(4, (6,), 3, activation="tanh", batch_norm=True, seed=1)
    p = {name: jnp.asarray(t.value) for name, t in model.parameters().items()}
    buffers = {name: t.value for name, t in model.buffers().items()}
    stepper = make_stepper(
        model, cross_entropy, Adam(), X, LABELS, clipping=clip and Clipping(norm=clip)
    )
    losses = np.concatenate([stepper.run(BATCHES[:3], 0.01), stepper.run(BATCHES[3:], 0.01)])

    m = dict.fromkeys(p, 0.0)
    v = dict.fromkeys(p, 0.0)
    expected = []
    value_and_grad = jax.jit(jax.value_and_grad(loss_of), compiler_options=QUICK)
    for t, rows in enumerate(BATCHES, start=1):
        loss, g = value_and_grad(p, X[rows], LABELS[rows])
        fresh = {}
        forward(p, X[rows], updates=fresh)
        buffers = {name: 0.9 * old + 0.1 * fresh[name] for name, old in buffers.items()}
        norm = np.sqrt(sum(float(jnp.sum(value**2)) for value in g.values()))
        scale = min(1.0, clip / norm) if clip else 1.0
        for name in p:
            grad = g[name] * scale
            m[name] = 0.9 * m[name] + 0.1 * grad
            v[name] = 0.999 * v[name] + 0.001 * grad**2
            m_hat, v_hat = m[name] / (1 - 0.9**t), v[name] / (1 - 0.999**t)
            p[name] = p[name] - 0.01 * m_hat / (jnp.sqrt(v_hat) + 1e-8)
        expected.append(float(loss))

    np.testing.assert_allclose(losses, expected, **CLOSE)
    assert stepper.step == 20
    stepper.store()
    for name, value in p.items():
        np.testing.assert_allclose(model.parameters()[name].value, value, **CLOSE)
    for name, value in buffers.items():
        np.testing.assert_allclose(model.buffers()[name].value, value, **CLOSE)
    output = forward(p, X, training=False, buffers=buffers)
    np.testing.assert_allclose(stepper.predict(X), output, **CLOSE)
    expected = -np.mean(jax.nn.log_softmax(output)[np.arange(22), LABELS])
    np.testing.assert_allclose(stepper.loss(X, LABELS), expected, **CLOSE)
    norms = stepper.gradient_norms()
    assert list(norms) == ["layers.0", "layers.1", "layers.3"]
    last = [g["layers.3.weight"], g["layers.3.bias"]]
    np.testing.assert_allclose(norms["layers.3"], np.sqrt(sum(float((a**2).sum()) for a in last)))


def test_a_step_of_descent_by_hand():
    model = nn.Sequential(nn.Linear.of([[0.5, -1.0]], [0.25]))
    y = RNG.normal(size=(22, 1))
    stepper = make_stepper(model, half_squared_error, SGD(), X[:, :2], y)
    w, b = np.array([[0.5, -1.0]]), np.array([0.25])
    for rows in BATCHES:
        error = X[rows, :2] @ w.T + b - y[rows]
        (loss,) = stepper.run([rows], 0.1)
        np.testing.assert_allclose(loss, np.mean(error**2) / 2, rtol=1e-12)
        w = w - 0.1 * error.T @ X[rows, :2] / len(rows)
        b = b - 0.1 * error.mean(0)
        np.testing.assert_allclose(stepper.parameters, [*w[0], *b], rtol=1e-12)


def model_with_everything(dtype=np.float64):
    return nn.mlp(4, (6, 5), 3, batch_norm=True, dropout=0.3, seed=2, dtype=dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("optimizer", [SGD(momentum=0.9), RMSProp(), AdamW()], ids=lambda o: o.name)
def test_a_resumed_run_is_the_same_bit_for_bit(optimizer, dtype):
    def stepper():
        return make_stepper(
            model_with_everything(dtype),
            cross_entropy,
            optimizer,
            X,
            LABELS,
            clipping=Clipping(value=0.5),
        )

    whole, first, second = stepper(), stepper(), stepper()
    losses = whole.run(BATCHES, 0.01)
    before = first.run(BATCHES[:7], 0.01)
    content = first.state().to_bytes()
    first.run(BATCHES[7:], 0.5)  # what is saved stays as it was
    second.load_state(Checkpoint.from_bytes(content))
    after = second.run(BATCHES[7:], 0.01)
    np.testing.assert_array_equal(np.concatenate([before, after]), losses)
    np.testing.assert_array_equal(second.parameters, whole.parameters)
    assert second.state().to_bytes() == whole.state().to_bytes()
    assert second.parameters.dtype == second.predict(X).dtype == dtype


def test_one_call_equals_many_with_one_rate_or_many():
    def stepper():
        return make_stepper(model_with_everything(), cross_entropy, SGD(), X, LABELS)

    one, many, rates = stepper(), stepper(), np.linspace(0.1, 0.01, 20)
    losses = one.run(BATCHES, rates)
    singly = [many.run([rows], rate)[0] for rows, rate in zip(BATCHES, rates, strict=True)]
    np.testing.assert_array_equal(losses, singly)
    np.testing.assert_array_equal(one.parameters, many.parameters)
    assert one.gradient_norms() == many.gradient_norms()
    assert one.run([], 0.1).shape == (0,)


def test_the_model_is_untouched_until_store():
    model = model_with_everything()
    before = {name: t.value for name, t in (model.parameters() | model.buffers()).items()}
    stepper = make_stepper(model, cross_entropy, SGD(), X, LABELS)
    stepper.run(BATCHES, 0.1)
    for name, tensor in (model.parameters() | model.buffers()).items():
        np.testing.assert_array_equal(tensor.value, before[name])
    stepper.store()
    np.testing.assert_array_equal(model(X).value, stepper.predict(X))
    assert any((t.value != before[n]).any() for n, t in model.buffers().items())


def test_a_layer_used_twice_is_trained_once():
    shared = nn.Linear.of([[0.5, 0.1], [0.2, 0.3]])
    model = nn.Sequential(shared, nn.Tanh(), shared)
    x, y = X[:, :2], X[:, 2:]
    stepper = make_stepper(model, mse, SGD(), x, y)
    assert stepper.parameters.shape == (4,)

    def loss(w):
        return jnp.mean((jnp.tanh(x @ w.T) @ w.T - y) ** 2)

    w = jnp.asarray([[0.5, 0.1], [0.2, 0.3]])
    for _ in range(5):
        stepper.run([np.arange(22)], 0.1)
        w = w - 0.1 * jax.grad(loss)(w)
    np.testing.assert_allclose(stepper.parameters, w.ravel(), rtol=1e-12)


def test_predictions_of_many_rows_are_made_in_chunks():
    x = RNG.normal(size=(2500, 4))
    stepper = make_stepper(model_with_everything(), cross_entropy, SGD(), X, LABELS)
    expected = model_with_everything()(x).value
    np.testing.assert_allclose(stepper.predict(x), expected, rtol=1e-12, atol=1e-14)
    assert stepper.predict(x[:0]).shape == (0, 3)


def test_integers_are_taken_as_numbers():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    y = np.array([[0], [1], [1], [0]])
    model = nn.mlp(2, (4,), 1, activation="tanh", seed=1, dtype=np.float32)
    stepper = make_stepper(model, binary_cross_entropy, Adam(), x, y)
    losses = stepper.run([np.arange(4)] * 500, 0.05)
    assert losses[-1] < 0.05 < losses[0]
    assert ((stepper.predict(x) > 0) == y).all()
    assert stepper.parameters.dtype == np.float32


# what goes wrong


@pytest.mark.parametrize("rate", [1e200, 1e308])
def test_a_loss_that_is_not_finite_stops_at_its_step(rate):
    stepper = make_stepper(nn.mlp(4, (6,), 1, seed=0), mse, SGD(), X, X[:, :1])
    with pytest.raises(TrainingError, match=r"training step 3.*learning rate"):
        stepper.run(BATCHES, np.array([0.1] + [rate] * 19))
    assert stepper.step == 2


def test_a_gradient_that_is_not_finite_stops_and_changes_nothing():
    import chainrule as cr

    def loss(output, target):
        return cr.sum(cr.sqrt(output * output)) + 0.0 * cr.sum(target)

    stepper = make_stepper(nn.Linear.of([[0.0]], [0.0]), loss, SGD(), X[:, :1], X[:, :1])
    with pytest.raises(TrainingError, match="step 1: expected a finite gradient of weight"):
        stepper.run(BATCHES, 0.1)
    assert stepper.parameters.tolist() == [0.0, 0.0]
    assert stepper.step == 0


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: make_stepper(nn.Tanh(), mse, SGD(), X, X), OptionError, "with parameters"),
        (lambda: make_stepper(nn.Linear(3, 1), mse, SGD(), X, X), ShapeError, r"\(…, 3\)"),
        (lambda: make_stepper(nn.Linear(4, 1), mse, SGD(), X, X[:, 0]), ShapeError, "target"),
        (lambda: make_stepper(nn.Linear(4, 4), mse, SGD(), X, X[:9]), ShapeError, "as many"),
        (lambda: make_stepper(nn.Linear(4, 4), mse, SGD(), X[:0], X[:0]), ShapeError, "one or"),
        (
            lambda: make_stepper(nn.Linear(4, 2), cross_entropy, SGD(), X, LABELS),
            OptionError,
            "between 0 and 1",
        ),
        (
            lambda: make_stepper(nn.Linear(4, 4), lambda o, t: o - t, SGD(), X, X),
            ShapeError,
            "one number",
        ),
        (
            lambda: make_stepper(nn.Linear(4, 4), mse, SGD(), X, X, engine="warp"),
            UnknownNameError,
            "reference",
        ),
    ],
)
def test_bad_input_is_found_before_the_first_step(make, error, words):
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize(
    ("other", "optimizer", "words"),
    [
        (nn.mlp(4, (7,), 3), SGD(), r"layers\.0\.weight"),
        (nn.mlp(4, (6,), 3, batch_norm=True), SGD(), r"layers\.0\.bias.*got nothing"),
        (nn.mlp(4, (6,), 3), Adam(), r"moment1.*nothing of that name"),
    ],
)
def test_a_state_of_another_model_or_optimizer(other, optimizer, words):
    state = make_stepper(other, cross_entropy, optimizer, X, LABELS).state()
    stepper = make_stepper(nn.mlp(4, (6,), 3), cross_entropy, SGD(), X, LABELS)
    with pytest.raises(RunError, match=words):
        stepper.load_state(state)
