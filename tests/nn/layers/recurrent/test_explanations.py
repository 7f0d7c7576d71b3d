"""Explanations of recurrent networks, whose steps are unrolled."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from nn.layers.recurrent.by_hand import KINDS, make

X = np.array([[1.0], [0.5], [-1.0]])
LINES = {
    "rnn": "  h[t=0, 0] = tanh(1·",
    "rnn, relu": "  h[t=0, 0] = relu(1·",
    "lstm": "  c[t=0, 0] = f[t=0, 0]·0 + i[t=0, 0]·g[t=0, 0]",
    "gru": "  h[t=0, 0] = (1 - u[t=0, 0])·n[t=0, 0] + u[t=0, 0]·0",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_gate_of_every_step_has_a_line(kind):
    model = nn.Sequential(make(kind, 1, 1, returns="last"), nn.Linear(1, 1, seed=2))
    y = model(X)
    explanation = cr.explain(y, digits=3)
    text = str(explanation)
    assert LINES[kind] in text
    assert max(map(len, text.splitlines())) <= 80
    gates = {"rnn": 1, "rnn, relu": 1, "lstm": 6, "gru": 4}[kind]
    steps = [step for step in explanation.derivation.forward if step.op != "variable"]
    assert len(steps) == len(X) * gates + 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradients_of_an_explanation_are_those_of_the_record(kind):
    model = nn.Sequential(make(kind, 1, 2, returns="last"), nn.Linear(2, 1, seed=2))
    y = cr.sum(model(X))
    explained = {step.name: step.gradient for step in cr.explain(y).derivation.backward}
    for name, gradient in y.gradients().items():
        for index in np.ndindex(gradient.shape):
            written = f"{name}[{', '.join(map(str, index))}]"
            value = gradient.value[index]
            assert explained[written] == pytest.approx(value, rel=1e-9, abs=1e-15)


def test_known_lengths_need_no_conditions():
    """A step that does not count is left out of what follows it."""
    layer = make("gru", 1, 1, returns="last")
    whole = cr.sum(layer({"x": X, "lengths": 3}))
    assert str(cr.explain(whole)) == str(cr.explain(cr.sum(layer(X))))
    short = cr.explain(cr.sum(layer({"x": X, "lengths": 2})))
    assert " if " not in str(short)
    forward = {step.name: step.value for step in short.derivation.forward}
    gradients = {step.name: step.gradient for step in short.derivation.backward}
    expected = cr.sum(layer(X[:2]))
    assert forward[short.derivation.output] == pytest.approx(expected.item(), rel=1e-12)
    for name, gradient in expected.gradients().items():
        for index in np.ndindex(gradient.shape):
            written = f"{name}[{', '.join(map(str, index))}]"
            assert gradients[written] == pytest.approx(gradient.value[index], rel=1e-9)
