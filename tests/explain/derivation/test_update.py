"""The update: what it changes, what it does to the output, and its repetitions."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pytest

from chainrule.errors import OptionError, UnknownNameError
from chainrule.explain import Explanation, explain, read
from chainrule.explain.derivation.parameters import given_names

NEURON = "(σ(w·x + b) − t)²"
AT = {"w": 2.0, "x": -1.0, "b": 0.5, "t": 1.0}


def updated(explanation: Explanation) -> list[str]:
    return [update.name for update in explanation.derivation.updates]


def neuron(w: float, b: float) -> float:
    return (1 / (1 + math.exp(-(w * AT["x"] + b))) - AT["t"]) ** 2


@pytest.mark.parametrize(
    ("variables", "given"),
    [
        ("x y z", ""),  # a circuit of plain numbers
        ("x y z w", ""),
        ("w x b t", "x t"),
        ("w1 w2 x1 x2 b y", "x1 x2 y"),
        ("w1 b1 i1 i2 t1 t2", "i1 i2 t1 t2"),
        ("layers.0.weight input target", "input target"),
        ("theta x y_true", "x y_true"),
        ("w tau intercept x", "x"),
        ("a c x", ""),
    ],
)
def test_which_names_are_given(variables, given):
    assert given_names(variables.split()) == set(given.split())


def test_inputs_and_targets_stay():
    found = explain(read(NEURON, AT), learning_rate=0.5)
    assert updated(found) == ["w", "b"]
    assert "x, t stay: inputs and targets are given, not learnt" in str(found)
    circuit = read("q = x + y; f = q·z", {"x": 1, "y": 2, "z": 3})
    assert updated(explain(circuit, learning_rate=1)) == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"inputs": ["b"]}, ["w"]),
        ({"parameters": ["x"]}, ["x"]),
        ({"parameters": ["w", "b"], "inputs": ["w"]}, ["b"]),
        ({"wrt": ["w", "x"]}, ["w"]),
        ({"wrt": ["x"]}, ["x"]),  # asked for by name
    ],
)
def test_what_is_learnt_can_be_said(options: Any, names):
    assert updated(explain(read(NEURON, AT), learning_rate=0.5, **options)) == names


@pytest.mark.parametrize(
    "options", [{"inputs": ["w", "b"]}, {"parameters": ["w"], "inputs": ["w"]}]
)
def test_an_update_of_nothing_is_refused(options: Any):
    with pytest.raises(OptionError, match=r"learnt, got only inputs and targets \(w, "):
        explain(read(NEURON, AT), learning_rate=0.5, **options)
    assert not explain(read(NEURON, AT), **options).derivation.updates


@pytest.mark.parametrize("option", ["inputs", "parameters"])
def test_unknown_names_are_refused(option: Any):
    with pytest.raises(UnknownNameError, match=r"inputs|learn"):
        explain(read(NEURON, AT), learning_rate=0.5, **cast("dict[str, Any]", {option: ["k"]}))


def test_the_output_before_and_after_and_the_estimate():
    found = explain(read(NEURON, AT), learning_rate=0.5).derivation
    w, b = (u.new for u in found.updates)
    slopes = [u.gradient for u in found.updates]
    before, after = found.descent
    assert before.value == pytest.approx(neuron(2.0, 0.5), rel=1e-14)
    assert after.value == pytest.approx(neuron(w, b), rel=1e-14)
    assert after.estimate == pytest.approx(before.value - 0.5 * sum(s * s for s in slopes))
    assert after.parameters == (w, b)


def test_repetitions_follow_gradient_descent():
    found = explain(read(NEURON, AT), learning_rate=0.5, repeat=20)
    w, b, h = 2.0, 0.5, 1e-6
    for step in found.derivation.descent:
        assert step.parameters == pytest.approx((w, b), rel=1e-7)
        assert step.value == pytest.approx(neuron(w, b), rel=1e-7)
        slope_w = (neuron(w + h, b) - neuron(w - h, b)) / (2 * h)
        slope_b = (neuron(w, b + h) - neuron(w, b - h)) / (2 * h)
        w, b = w - 0.5 * slope_w, b - 0.5 * slope_b
    assert len(found.derivation.descent) == 21
    for form in (str(found), found.to_latex(), found.to_html(), found._repr_html_()):
        assert "estimate" in form  # the column of the table
    assert len(found.to_dict()["descent"]) == 21


def test_entries_of_arrays_are_repeated_too():
    at = {"w": np.array([1.0, 2.0]), "x": np.array([3.0, -1.0]), "t": 0.5}
    found = explain(read("(w @ x − t)²", at), learning_rate=0.01, repeat=3).derivation
    w = at["w"].copy()
    for step in found.descent:
        assert step.parameters == pytest.approx(w)
        w -= 0.01 * 2 * (w @ at["x"] - 0.5) * at["x"]


def test_a_descent_that_is_no_longer_finite_ends():
    found = explain(read("w^4", {"w": 10.0}), learning_rate=1e300, repeat=50)
    assert len(found.derivation.descent) < 10
    assert "no finite number" in str(found)
    assert found.to_dict()["descent"][-1]["value"] is not None
    assert '"value": null' in found.to_json()


@pytest.mark.parametrize("repeat", [0, -1, 1001])
def test_a_number_of_repetitions_out_of_range(repeat):
    with pytest.raises(OptionError, match="repeat"):
        explain(read(NEURON, AT), learning_rate=0.5, repeat=repeat)
