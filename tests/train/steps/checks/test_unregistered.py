"""Layers and variables that a model uses but does not register are refused."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError
from chainrule.nn import Layer, Linear, Sequential
from chainrule.ops.tensor import constant
from chainrule.train.data.arrays import from_arrays

X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, 0] > 0).astype(int)


class Held(Layer):
    """Computes with whatever its attribute holds, as in PyTorch."""

    def __init__(self, held, compute, children=None):
        super().__init__(children=children)
        self.held, self.compute = held, compute

    def apply(self, scope, x):
        return self.compute(self.held, x)


def fit(layer: Layer, engine: str = "reference", **options) -> None:
    model = Sequential(layer, Linear(3, 2), seed=0)
    cr.fit(model, (X, Y), epochs=1, engine=engine, **options)


def linear() -> Linear:
    return Linear(3, 3, seed=1)


CASES = {
    "layer": (linear, lambda held, x: cr.relu(held(x)), "layers.0.held.weight, layers.0.held.bias"),
    "list": (lambda: [linear()], lambda held, x: held[0](x), "layers.0.held.0.weight"),
    "dict": (lambda: {"a": linear()}, lambda held, x: held["a"](x), "layers.0.held.a.weight"),
    "nested": (
        lambda: {"a": (Sequential(nn.Tanh(), linear()),)},
        lambda held, x: held["a"][0](x),
        "layers.0.held.a.0.layers.1.weight",
    ),
    "batch norm": (lambda: nn.BatchNorm(3), lambda held, x: held(x), "layers.0.held.weight"),
    "dropout": (lambda: nn.Dropout(0.5), lambda held, x: held(x), "layers.0.held, which"),
    "variable": (lambda: cr.variable(np.ones(3)), lambda held, x: x * held, "layers.0.held"),
    "computed": (lambda: 2 * cr.variable(1.0, "u"), lambda held, x: x * held, "u, which"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_held_in_an_attribute_is_refused(name: str):
    held, compute, found = CASES[name]
    with pytest.raises(OptionError) as caught:
        fit(Held(held(), compute))
    message = str(caught.value)
    assert found in message
    assert "children={'a': layer}" in message
    assert "\n" not in message


def test_by_the_compiled_engine_too():
    with pytest.raises(OptionError, match=r"Held: expected .*layers\.0\.held\.weight"):
        fit(Held(linear(), lambda held, x: held(x)), "compiled")


def test_a_registered_layer_that_computes_with_its_own_values_is_refused():
    inner = linear()
    with pytest.raises(OptionError, match=r"layers\.0\.a\.weight"):
        fit(Held(inner, lambda held, x: held(x), children={"a": inner}))


def test_a_loss_that_reads_the_parameters_of_the_model_is_refused():
    """As a penalty; they would be those from before the training."""
    model = nn.mlp(3, (), 1, seed=0)

    def penalised(outputs, targets):
        return cr.mse(outputs, targets) + cr.sum(model.parameters()["layers.0.weight"] ** 2)

    with pytest.raises(OptionError, match=r"layers\.0\.weight, which no step would change"):
        cr.fit(model, (X, X[:, 0]), loss=penalised, epochs=1, engine="reference")


@pytest.mark.parametrize(
    ("held", "compute"),
    [
        (np.arange(3.0), lambda held, x: x + held),
        (constant(np.ones(3)), lambda held, x: x * held),
        (nn.ReLU(), lambda held, x: held(x)),
        ([nn.Tanh(), {"b": nn.Identity()}], lambda held, x: held[1]["b"](held[0](x))),
        (linear(), lambda held, x: cr.stop_gradient(held(x))),
        (linear(), lambda held, x: x),
    ],
    ids=["array", "constant", "relu", "activations", "stopped", "unused"],
)
def test_what_needs_no_training_may_be_held(held, compute):
    if isinstance(held, Linear):
        with_gradient = Held(held, lambda held, x: x + compute(held, x))
        fit(with_gradient)
    else:
        fit(Held(held, compute))


def test_the_remedy_trains():
    class Block(Layer):
        def __init__(self):
            self.a = Linear(3, 3)
            super().__init__(children={"a": self.a})

        def apply(self, scope, x):
            return cr.relu(self.a.apply(scope.child("a"), x))

    block = Block()
    model = Sequential(block, Linear(3, 2), seed=0)
    before = block.a.parameters()["weight"].value.copy()
    cr.fit(model, from_arrays(X, Y), epochs=2, engine="reference")
    assert not np.array_equal(block.a.parameters()["weight"].value, before)
