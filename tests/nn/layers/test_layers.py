"""Layers against JAX; their names, their parameters, loading, sharing."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError, ShapeError, UnknownNameError

jax.config.update("jax_enable_x64", True)

RNG = np.random.default_rng(1)
W, B, X = RNG.normal(size=(3, 4)), RNG.normal(size=3), RNG.normal(size=(5, 4))


@pytest.mark.parametrize("x", [X[0], X, X[:, None, :]], ids=["row", "batch", "time"])
@pytest.mark.parametrize("bias", [None, B, B[:1], B[0]], ids=["none", "own", "shared", "scalar"])
def test_linear(x, bias):
    layer = nn.Linear.of(W, bias)
    weights = RNG.normal(size=(*x.shape[:-1], 3))
    inputs = cr.variable(x, "x")
    gradients = cr.sum(layer(inputs) * weights).gradients()

    def theirs(x, w, *b):
        return jnp.sum((jnp.einsum("...d,hd->...h", x, w) + sum(b)) * weights)

    args = [x, W] if bias is None else [x, W, np.reshape(bias, -1)]
    expected = jax.grad(theirs, argnums=tuple(range(len(args))))(*args)
    names = ["x", "weight", "bias"][: len(args)]
    for name, gradient in zip(names, expected, strict=True):
        np.testing.assert_allclose(gradients[name].value, gradient, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(cr.sum(layer(x) * weights).item(), theirs(*args), rtol=1e-12)
    assert layer.bias == (None if bias is None else "own" if np.shape(bias) == (3,) else "shared")


JAX_ACTIVATIONS = {
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "silu": jax.nn.silu,
    "softplus": jax.nn.softplus,
    "step": lambda x: jnp.where(x >= 0, 1.0, 0.0),
    "identity": lambda x: x,
    "softmax": jax.nn.softmax,
    "leaky_relu(0.3)": lambda x: jax.nn.leaky_relu(x, 0.3),
    "elu(0.5)": lambda x: jax.nn.elu(x, 0.5),
    "softmax(0)": lambda x: jax.nn.softmax(x, 0),
}


@pytest.mark.parametrize("name", {**nn.ACTIVATIONS, **JAX_ACTIVATIONS})
def test_activations(name):
    ours, theirs = nn.activation(name), JAX_ACTIVATIONS[name]
    weights = RNG.normal(size=X.shape)
    np.testing.assert_allclose(ours(X).value, theirs(jnp.asarray(X)), rtol=1e-12, atol=1e-15)
    got = cr.grad(lambda x: cr.sum(ours(x) * weights))(cr.variable(X))
    expected = jax.grad(lambda x: jnp.sum(theirs(x) * weights))(jnp.asarray(X))
    np.testing.assert_allclose(got.value, expected, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize(
    ("option", "error"),
    [("rely", UnknownNameError), ("relu(1)", OptionError), ("elu(1, 2)", OptionError)],
)
def test_bad_activations(option, error):
    with pytest.raises(error, match="activation"):
        nn.activation(option)


def test_layer_norm():
    layer = nn.LayerNorm(4)
    layer.load({"weight": W[0], "bias": W[1]})

    def theirs(x):
        mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) / jnp.sqrt(var + 1e-5) * W[0] + W[1]

    np.testing.assert_allclose(layer(X).value, theirs(jnp.asarray(X)), rtol=1e-12)


def test_residual():
    inner = nn.Linear.of(W[:, :3], B)
    block = nn.Residual(inner)
    np.testing.assert_allclose(block(X[:, :3]).value, X[:, :3] + X[:, :3] @ W[:, :3].T + B)
    assert list(block.parameters()) == ["inner.weight", "inner.bias"]
    with pytest.raises(ShapeError, match="keeps the shape"):
        nn.Residual(nn.Linear(4, 3))(X)


# names in the record


def test_sequential_names_what_each_layer_gives():
    model = nn.mlp(2, (3, 3), 2, batch_norm=True, dropout=0.5, activation="tanh")
    loss = cr.sum(model(X[:, :2], training=True))
    names = [node.name for node in loss.graph().nodes if node.primitive and node.name]
    assert names == ["z1", "n1", "a1", "d1", "z2", "n2", "a2", "d2", "z3"]


def test_evaluation_does_not_rename_what_dropout_hands_on():
    y = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Dropout(0.5), nn.Identity())(X)
    assert y.name == "a1"


def test_numbering_goes_on_inside_blocks():
    block = nn.Residual(nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
    model = nn.Sequential(nn.Linear(4, 4), block, nn.Linear(4, 1))
    names = [n.name for n in model(X).graph().nodes if n.primitive and n.name]
    assert names == ["z1", "z2", "a2", "r2", "z3"]


def test_a_layer_may_bring_its_own_name():
    model = nn.Sequential(nn.Linear(4, 3, name="net_h"), nn.Sigmoid(name="out_h"))
    names = [n.name for n in model(X).graph().nodes if n.primitive and n.name]
    assert names == ["net_h", "out_h"]
    assert nn.Linear(4, 3, name="net_o")(X).name == "net_o"
    assert nn.Linear(4, 3)(X).name is None
    assert nn.Identity(name="nothing")(cr.variable(X, "x")).name == "x"


def test_outputs_of_layers_can_be_asked_for():
    model = nn.Sequential(nn.Linear(4, 3), nn.Residual(nn.Tanh()))
    scope = model.scope()
    y = model.apply(scope, cr.variable(X))
    assert list(scope.outputs) == ["layers.0", "layers.1.inner", "layers.1"]
    assert scope.outputs["layers.1"] is y


# parameters


def test_parameters_keep_their_full_names_wherever_they_are_used():
    model = nn.Sequential(nn.Linear(4, 3), nn.Sequential(nn.Linear(3, 2), seed=1))
    loss = cr.sum(model(X))
    model.layers[0](X)
    assert list(loss.gradients()) == [
        "layers.0.weight",
        "layers.0.bias",
        "layers.1.layers.0.weight",
        "layers.1.layers.0.bias",
    ]
    assert model.layers[0].parameters()["weight"].name == "layers.0.weight"


def test_a_layer_called_twice_gets_the_sum_of_both_gradients():
    layer = nn.Linear.of(W[:, :3], B)
    twice = cr.sum(layer(layer(X[:, :3]))).gradients()["weight"].value
    w = jnp.asarray(W[:, :3])
    expected = jax.grad(lambda w: jnp.sum((X[:, :3] @ w.T + B) @ w.T + B))(w)
    np.testing.assert_allclose(twice, expected, rtol=1e-12)


def test_a_layer_with_two_places_is_one_parameter():
    shared = nn.Linear(4, 4, seed=3)
    model = nn.Sequential(shared, nn.Tanh(), shared)
    assert list(model.parameters()) == ["layers.0.weight", "layers.0.bias"]
    assert list(cr.sum(model(X)).gradients()) == ["layers.0.weight", "layers.0.bias"]
    w, b = (t.value for t in model.parameters().values())
    np.testing.assert_allclose(model(X).value, np.tanh(X @ w.T + b) @ w.T + b, rtol=1e-12)


def test_load_replaces_and_copies():
    model = nn.mlp(4, (3,), 2)
    before = model.parameters()
    values = {name: np.ones(t.shape) for name, t in before.items()}
    model.load(values)
    values["layers.0.weight"][:] = 7.0
    assert all((t.value == 1).all() for t in model.parameters().values())
    assert all(model.parameters()[name] is not t for name, t in before.items())
    model.load({"layers.0.bias": [1.0, 2.0, 3.0]}, partial=True)
    assert model.parameters()["layers.0.bias"].value.tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(ValueError, match="read-only"):
        model.parameters()["layers.0.bias"].value[0] = 1.0


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"layers.0.wieght": 1.0}, UnknownNameError, "did you mean layers.0.weight"),
        ({"layers.0.weight": np.ones((4, 3))}, ShapeError, r"\(3, 4\), got \(4, 3\)"),
        ({"layers.0.weight": None}, OptionError, "real numbers"),
    ],
)
def test_load_checks_before_it_replaces(change, error, words):
    model = nn.mlp(4, (3,), 2)
    before = {name: t.value for name, t in model.parameters().items()}
    good = {name: np.zeros(t.shape) for name, t in model.parameters().items()}
    with pytest.raises(error, match=words):
        model.load({**good, **change})
    for name, value in before.items():
        np.testing.assert_array_equal(model.parameters()[name].value, value)


def test_load_wants_everything_unless_told_otherwise():
    model = nn.mlp(4, (3,), 2, batch_norm=True)
    with pytest.raises(OptionError, match=r"none for layers\.1\.running_mean"):
        model.load(model.parameters())
    model.load({**model.parameters(), **model.buffers()})


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: nn.Linear(0, 2), OptionError, "Linear inputs"),
        (lambda: nn.Linear(2, 1.5), OptionError, "Linear outputs"),
        (lambda: nn.Linear(2, 2, "both"), OptionError, "'own', 'shared' or None"),
        (lambda: nn.Linear(2, 2, dtype=int), OptionError, "float64 or float32"),
        (lambda: nn.Linear.of([1.0, 2.0]), ShapeError, r"a weight \(H, D\)"),
        (lambda: nn.Linear.of([[1.0], [2.0]], [1.0, 2.0, 3.0]), ShapeError, r"\(2, 1\)"),
        (lambda: nn.Linear(4, 3)(np.ones(3)), ShapeError, r"\(…, 4\), got \(3,\)"),
        (lambda: nn.Sequential(nn.Linear(4, 3), nn.Linear(4, 3))(X), ShapeError, "layers.1"),
        (lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU), OptionError, r"ReLU\(\)"),
        (lambda: nn.BatchNorm(0), OptionError, "features"),
        (lambda: nn.BatchNorm(2, momentum=2), OptionError, "momentum"),
        (lambda: nn.BatchNorm(2, eps=-1), OptionError, "eps"),
        (lambda: nn.LayerNorm(3)(X), ShapeError, r"\(…, 3\)"),
        (lambda: nn.Dropout(1.0), OptionError, "dropout"),
        (lambda: nn.mlp(4, 3, 2), OptionError, r"\(128, 64\)"),
        (lambda: nn.mlp(4, (0,), 2), OptionError, "outputs"),
        (lambda: nn.mlp(4, (2,), 2, dropout=-0.5), OptionError, "dropout"),
        (lambda: nn.mlp(4, (2,), 2, activation="nope"), UnknownNameError, "activation"),
        (lambda: nn.Linear(1, 1).scope()["wait"], UnknownNameError, "weight"),
    ],
)
def test_bad_input(make, error, words):
    with pytest.raises(error, match=words):
        make()
