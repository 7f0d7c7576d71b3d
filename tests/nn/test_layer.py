"""Layers: the names of their parameters, sharing, loading."""

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


def test_parameters_keep_their_dotted_names_wherever_they_are_used():
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


def test_a_shared_layer_has_its_parameters_once():
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
    valid = {name: np.zeros(t.shape) for name, t in model.parameters().items()}
    with pytest.raises(error, match=words):
        model.load({**valid, **change})
    for name, value in before.items():
        np.testing.assert_array_equal(model.parameters()[name].value, value)


def test_load_requires_every_value_unless_partial():
    model = nn.mlp(4, (3,), 2, batch_norm=True)
    with pytest.raises(OptionError, match=r"none for layers\.1\.running_mean"):
        model.load(model.parameters())
    model.load({**model.parameters(), **model.buffers()})
