"""Recurrent layers and embeddings as programs: loops, without calls, that do not grow with time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.ops.losses import cross_entropy
from chainrule.program import Program, flattened
from chainrule.train.steps.tracing import trace_training
from engine.comparison import agree, planned

every_kind = pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])


class Tagger(nn.Layer):
    """Padded codes with their lengths → a class for each step."""

    def __init__(self, kind: Any, dtype: Any) -> None:
        options = {"bidirectional": True, "dropout": 0.2, "returns": "outputs", "dtype": dtype}
        self.embed = nn.Embedding(9, 4, padding=0, seed=1, dtype=dtype)
        self.network = kind(4, 6, 2, seed=2, **options)
        self.head = nn.Linear(12, 5, seed=3, dtype=dtype)
        children = {"embed": self.embed, "network": self.network, "head": self.head}
        super().__init__(children=children)

    def apply(self, scope, x):
        embedded = self.embed.apply(scope.child("embed"), x["codes"])
        inputs = {"x": embedded, "lengths": x["lengths"]}
        outputs = self.network.apply(scope.child("network"), inputs)
        return self.head.apply(scope.child("head"), outputs)


def training(kind: Any, steps: int, dtype: Any = np.float32) -> Program:
    codes = cr.spec((8, steps), int)
    inputs = {"codes": codes, "lengths": cr.spec((8,), int)}
    return planned(trace_training(Tagger(kind, dtype), cross_entropy, inputs, codes).graph, dtype)


@every_kind
def test_a_step_of_training_is_loops_without_calls(kind):
    program = training(kind, 6)
    assert "no calls" in str(program)
    loops = [i for i in program.instructions if i.op == "loop"]
    assert len(loops) == 2 * 2 * 2  # forward and backward pass, of two layers in two directions


@every_kind
def test_a_program_does_not_grow_with_time(kind):
    few, many = (training(kind, steps) for steps in (6, 300))
    assert [i.op for i in flattened(few.instructions)] == [
        i.op for i in flattened(many.instructions)
    ]


@every_kind
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values_and_gradients_are_those_of_the_reference(kind, dtype):
    layer = kind(3, 4, 2, bidirectional=True, seed=1, dtype=dtype)
    names, values = zip(*((n, p.value) for n, p in layer.parameters().items()), strict=True)

    def loss(x: Any, lengths: Any, *parameters: Any) -> Any:
        scope = layer.scope(dict(zip(names, parameters, strict=True)))
        y, _ = layer.apply(scope, {"x": x, "lengths": lengths})
        return cr.sum(y * y)

    rng = np.random.default_rng(0)
    args = [rng.normal(size=(5, 6, 3)).astype(dtype), np.array([6, 0, 3, 1, 5]), *values]

    def both(x: Any, lengths: Any, *parameters: Any) -> list[Any]:
        wanted = (0, *range(2, 2 + len(parameters)))
        value, gradients = cr.value_and_grad(loss, wanted)(x, lengths, *parameters)
        return [value, *gradients]

    assert "no calls" in str(agree(cr.trace(both, *args), args, dtype, scale=1.0))


def test_stopping_a_gradient_is_no_instruction():
    def function(x: Any) -> Any:
        return cr.exp(cr.stop_gradient(x)) * x

    x = np.ones((3, 4))
    program = planned(
        cr.trace(lambda x: [function(x), cr.grad(lambda x: cr.sum(function(x)))(x)], x)
    )
    assert "no calls" in str(program)
