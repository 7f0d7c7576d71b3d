"""Losses against JAX and, where installed, PyTorch: values, gradients, shapes, bad input."""

from __future__ import annotations

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

import chainrule as cr
from chainrule.errors import ChainruleError, OptionError, ShapeError
from chainrule.graph import Evaluator
from chainrule.ops.losses import (
    LOSSES,
    binary_cross_entropy,
    cross_entropy,
    half_squared_error,
    huber,
    mse,
)

jax.config.update("jax_enable_x64", True)

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 4, 7)
WEIGHTS = np.array([0.5, 1.0, 2.0, 0.25])


def jax_cross_entropy(z, y, weights=None):
    rows = -jnp.take_along_axis(jax.nn.log_softmax(z), y[..., None], -1)[..., 0]
    if weights is None:
        return jnp.mean(rows)
    return jnp.sum(weights[y] * rows) / jnp.sum(weights[y])


def jax_huber(o, t, delta=1.0):
    r = jnp.abs(o - t)
    return jnp.mean(jnp.where(r <= delta, r**2 / 2, delta * (r - delta / 2)))


def jax_bce(z, t):
    return -jnp.mean(t * jax.nn.log_sigmoid(z) + (1 - t) * jax.nn.log_sigmoid(-z))


OUTPUTS, TARGETS = 2 * RNG.normal(size=(7, 4)), RNG.normal(size=(7, 4))
HALVES = RNG.uniform(size=(7, 4))

# ours, independent, outputs, targets
CASES = {
    "half squared, rows": (
        half_squared_error,
        lambda o, t: jnp.mean(jnp.sum((t - o) ** 2, 1) / 2),
        OUTPUTS,
        TARGETS,
    ),
    "half squared, one row": (
        half_squared_error,
        lambda o, t: jnp.sum((t - o) ** 2) / 2,
        OUTPUTS[0],
        TARGETS[0],
    ),
    "half squared, a number": (
        half_squared_error,
        lambda o, t: (t - o) ** 2 / 2,
        OUTPUTS[0, 0],
        TARGETS[0, 0],
    ),
    "half squared, steps in time": (
        half_squared_error,
        lambda o, t: jnp.sum((t - o) ** 2) / 2 / 7,
        OUTPUTS.reshape(7, 1, 4),
        TARGETS.reshape(7, 1, 4),
    ),
    "mse": (mse, lambda o, t: jnp.mean((o - t) ** 2), OUTPUTS, TARGETS),
    "mse, integer targets": (
        mse,
        lambda o, t: jnp.mean((o - t) ** 2),
        OUTPUTS,
        RNG.integers(0, 3, (7, 4)),
    ),
    "huber": (huber, jax_huber, OUTPUTS, TARGETS),
    "huber, small delta": (
        lambda o, t: huber(o, t, 0.3),
        lambda o, t: jax_huber(o, t, 0.3),
        OUTPUTS,
        TARGETS,
    ),
    "binary cross-entropy": (binary_cross_entropy, jax_bce, OUTPUTS, HALVES),
    "binary cross-entropy, classes": (
        binary_cross_entropy,
        jax_bce,
        OUTPUTS,
        RNG.integers(0, 2, (7, 4)),
    ),
    "cross-entropy": (cross_entropy, jax_cross_entropy, OUTPUTS, LABELS),
    "cross-entropy, one row": (cross_entropy, jax_cross_entropy, OUTPUTS[0], LABELS[0]),
    "cross-entropy, steps in time": (
        cross_entropy,
        jax_cross_entropy,
        OUTPUTS.reshape(7, 1, 4),
        LABELS[:, None],
    ),
    "cross-entropy, weighted": (
        lambda z, y: cross_entropy(z, y, WEIGHTS),
        lambda z, y: jax_cross_entropy(z, y, WEIGHTS),
        OUTPUTS,
        LABELS,
    ),
    "cross-entropy, one row weighted": (
        lambda z, y: cross_entropy(z, y, WEIGHTS),
        lambda z, y: jax_cross_entropy(z, y, WEIGHTS),
        OUTPUTS[0],
        LABELS[0],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_value_and_gradient_agree_with_jax(case):
    ours, theirs, outputs, targets = case
    value, gradient = cr.value_and_grad(ours)(outputs, targets)
    expected, slope = jax.value_and_grad(theirs)(jnp.asarray(outputs), jnp.asarray(targets))
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    np.testing.assert_allclose(gradient, slope, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_traced_loss_equals_the_eager_one(case):
    ours, _, outputs, targets = case
    graph = cr.trace(ours, cr.spec(np.shape(outputs)), cr.spec(np.shape(targets), targets.dtype))
    (traced,) = Evaluator(graph)(outputs, targets)
    assert traced == ours(outputs, targets).value


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_single_precision_stays_single(case):
    ours, _, outputs, targets = case
    single = cr.variable(np.float32(outputs), "o")
    loss = ours(single, targets)
    assert loss.dtype == loss.gradients()["o"].dtype == np.float32
    np.testing.assert_allclose(loss.value, ours(outputs, targets).value, rtol=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_contract(name):
    loss = LOSSES[name]
    targets = LABELS if name == "cross_entropy" else HALVES
    value = loss(cr.variable(OUTPUTS, "o"), targets)
    assert value.shape == ()
    assert value.item() > 0
    assert cr.check_grad(lambda o: loss(o, targets), OUTPUTS) < 1e-6
    assert "∂" in inspect.getdoc(loss)
    assert ">>>" in inspect.getdoc(loss)
    with pytest.raises(ShapeError, match=name):
        loss(OUTPUTS, np.zeros((7, 1)))


@pytest.mark.parametrize("z", [-1e4, -40.0, 0.0, 40.0, 1e4])
@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
def test_binary_cross_entropy_does_not_overflow(z, t):
    value, slope = cr.value_and_grad(binary_cross_entropy)(z, t)
    expected = -(t * scipy.special.log_expit(z) + (1 - t) * scipy.special.log_expit(-z))
    np.testing.assert_allclose(value, expected, atol=1e-14 * max(1, abs(z)))
    np.testing.assert_allclose(slope, scipy.special.expit(z) - t, atol=1e-15)


def test_cross_entropy_does_not_overflow():
    z = np.array([[1e4, -1e4, 0.0]])
    value, slope = cr.value_and_grad(cross_entropy)(z, np.array([1]))
    assert value == 2e4
    np.testing.assert_array_equal(slope, [[1.0, -1.0, 0.0]])


def test_huber_is_squared_at_its_corner_and_linear_beyond():
    assert cr.grad(huber)(1.0, 0.0) == 1.0
    assert cr.grad(huber)(-5.0, 0.0) == -1.0
    assert huber(-5.0, 0.0, delta=2.0).item() == 8.0


BAD = {
    "a column against a row": (mse, (np.zeros((3, 1)), np.zeros(3)), ShapeError, "broadcasting"),
    "no positive delta": (huber, ([0.0], [0.0], 0.0), OptionError, "above 0"),
    "targets that are no probabilities": (
        binary_cross_entropy,
        ([0.0], [2.0]),
        OptionError,
        "between 0 and 1",
    ),
    "one-hot labels": (cross_entropy, (np.zeros((3, 2)), np.zeros((3, 2))), ShapeError, "rows"),
    "a label too large": (cross_entropy, (np.zeros((2, 2)), [0, 2]), OptionError, "0 and 1"),
    "labels that are no integers": (
        cross_entropy,
        (np.zeros((2, 2)), [0.0, 1.0]),
        OptionError,
        "integer",
    ),
    "logits without classes": (cross_entropy, (0.0, 0), ShapeError, "logits"),
    "weights for other classes": (cross_entropy, ([0.0, 0.0], 0, [1.0]), ShapeError, "2 classes"),
    "negative weights": (cross_entropy, ([0.0, 0.0], 0, [1.0, -1.0]), OptionError, "from 0 up"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_bad_input(case):
    loss, args, error, words = case
    with pytest.raises(error, match=words):
        loss(*args)


def test_losses_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    o, t = torch.tensor(OUTPUTS.tolist()).double(), torch.tensor(TARGETS.tolist()).double()
    y = torch.tensor(LABELS.tolist())
    w = torch.tensor(WEIGHTS.tolist()).double()
    halves = torch.tensor(HALVES.tolist()).double()
    outputs, targets, h = (np.array(a.tolist()) for a in (o, t, halves))
    pairs = [
        (mse(outputs, targets), functional.mse_loss(o, t)),
        (huber(outputs, targets, 0.7), functional.huber_loss(o, t, delta=0.7)),
        (
            binary_cross_entropy(outputs, h),
            functional.binary_cross_entropy_with_logits(o, halves),
        ),
        (cross_entropy(outputs, LABELS), functional.cross_entropy(o, y)),
        (cross_entropy(outputs, LABELS, WEIGHTS), functional.cross_entropy(o, y, weight=w)),
    ]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours.item(), theirs.item(), rtol=1e-13)


PADDED = {
    "half squared": (half_squared_error, (5, 3), None),
    "mse": (mse, (5, 3), None),
    "huber": (huber, (5, 3), None),
    "binary cross-entropy": (binary_cross_entropy, (5, 3), None),
    "cross-entropy": (cross_entropy, (5, 4), -100),
    "cross-entropy, weighted and smooth": (
        lambda z, y, **o: cross_entropy(z, y, WEIGHTS, label_smoothing=0.2, **o),
        (5, 4),
        -100,
    ),
}


@pytest.mark.parametrize("by", ["ignore", "mask"])
@pytest.mark.parametrize("case", PADDED.values(), ids=PADDED)
def test_padding_changes_neither_the_loss_nor_a_gradient(case, by):
    """Sequences of 5, 3 and no steps, padded to 5 with whatever, are as their steps alone."""
    loss, (steps, width), ignore = case
    rng = np.random.default_rng(5)
    outputs = rng.normal(size=(3, steps, width)) * 3
    counts = np.arange(steps) < np.array([[5], [3], [0]])
    if ignore is None:
        targets = rng.uniform(size=outputs.shape)
        padding = np.nan
    else:
        targets = rng.integers(0, width, (3, steps))
        padding = ignore
    alone, slope = cr.value_and_grad(loss)(outputs[counts], targets[counts])
    padded = targets.copy()
    padded[~counts] = padding
    option = {"mask": counts} if by == "mask" else {"ignore": padding}
    given = targets if by == "mask" else padded
    both = cr.value_and_grad(lambda z, y: loss(z, y, **option), 0)
    graph = cr.trace(lambda z, y: list(both(z, y)), outputs, given)
    for value, gradient in (both(outputs, given), Evaluator(graph)(outputs, given)):
        np.testing.assert_allclose(value, alone, rtol=1e-13)
        np.testing.assert_allclose(gradient[counts], slope, rtol=1e-12)
        assert not gradient[~counts].any()


@pytest.mark.parametrize("case", PADDED.values(), ids=PADDED)
def test_where_nothing_counts_the_loss_is_0(case):
    loss, shape, ignore = case
    outputs = np.ones(shape)
    targets = np.zeros(shape) if ignore is None else np.zeros(shape[:-1], int)
    nothing = np.zeros(shape[:-1], bool)
    value, gradient = cr.value_and_grad(lambda z: loss(z, targets, mask=nothing))(outputs)
    assert value == 0
    assert not np.any(gradient)


def test_label_smoothing_by_its_definition():
    """All K classes share ε of each row's target."""
    target = 0.7 * np.eye(4)[LABELS] + 0.3 / 4
    expected = -jnp.mean(jnp.sum(target * jax.nn.log_softmax(OUTPUTS), 1))
    found = cross_entropy(OUTPUTS, LABELS, label_smoothing=0.3)
    np.testing.assert_allclose(found.value, expected, rtol=1e-13)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mse(OUTPUTS, TARGETS, mask=np.ones(3, bool)), r"mse mask: expected the shape"),
        (lambda: mse(OUTPUTS, TARGETS, mask=np.ones((7, 4))), "mse mask: expected booleans"),
        (lambda: mse(OUTPUTS, TARGETS, ignore="x"), "mse ignore"),
        (lambda: cross_entropy(OUTPUTS, LABELS, ignore=0.5), "ignore: expected a whole number"),
        (lambda: cross_entropy(OUTPUTS, LABELS, label_smoothing=1.5), "from 0 to 1"),
        (lambda: cross_entropy(OUTPUTS, LABELS - 100, ignore=-1), "cross_entropy|one_hot|log_loss"),
    ],
)
def test_wrong_options(call, words):
    with pytest.raises(ChainruleError, match=words):
        call()
