"""Results of the steps of a recurrence, by their names in explanations: h[t=3]."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError, UnknownNameError
from chainrule.graph import Graph
from chainrule.ops import inline


def linear(length, reverse=False):
    """hₜ = u·hₜ₋₁ + 1, of which the last is returned."""
    u = cr.variable(0.5, "u")

    def step(h, x):
        return (u * h + x).named("h"), None

    last, _ = cr.scan(step, 2.0, np.ones(length), reverse=reverse)
    return (last * 1.0).named("loss")


def test_each_step_has_its_name():
    steps = {step.name: step for step in cr.explain(linear(3), steps="names").derivation.forward}
    assert [name for name in steps if name.startswith("h")] == ["h[t=0]", "h[t=1]", "h[t=2]"]
    assert steps["h[t=1]"].value == 0.5 * steps["h[t=0]"].value + 1


def test_the_first_step_of_a_reverse_one_is_the_last_in_time():
    steps = cr.explain(linear(3, reverse=True), steps="names").derivation.forward
    names = [step.name for step in steps if step.name.startswith("h")]
    assert names == ["h[t=2]", "h[t=1]", "h[t=0]"]


def test_the_step_stands_before_the_index_of_an_entry():
    net = nn.RNN(2, 3, layers=2, returns="last", seed=1)
    loss = net(np.ones((1, 4, 2))).sum().named("loss")
    whole = cr.explain(loss, wrt="h[t=2]", steps="names")
    assert len(whole.derivation.chains) == 3
    one = cr.explain(loss, wrt=" h [ t = 2 , 0,1 ] ", steps="names")
    assert [chain.wrt for chain in one.derivation.chains] == ["h[t=2, 0, 1]"]
    for text in (str(one), one.to_html(), one.to_latex()):
        assert "t=2, 0, 1" in text
    assert "h[t=2, 0, 1]" in one.to_json()


def test_another_recurrence_that_uses_the_name_is_numbered():
    net = nn.RNN(2, 3, layers=2, returns="last", seed=1)
    loss = net(np.ones((1, 4, 2))).sum().named("loss")
    names = set(inline(Graph.of([loss.node])).names().values())
    assert {f"h{layer}[t={t}]" for layer in ("", 2) for t in range(4)} <= names


@pytest.mark.parametrize(
    ("name", "error"),
    [("h[t=3]", UnknownNameError), ("h", UnknownNameError), ("h[t=1, 0]", OptionError)],
)
def test_steps_that_there_are_not(name, error):
    with pytest.raises(error):
        cr.explain(linear(3), wrt=name)


def test_a_variable_that_passes_unchanged_keeps_its_name():
    h = cr.variable(2.0, "h")
    last, _ = cr.scan(lambda c, x: (c, c * x), h, np.ones(2))
    cr.explain((last * 3.0).named("loss"))
    assert h.name == "h"


def test_paths_through_a_hundred_steps():
    """∂h_T/∂u = Σ uᵏ·hₜ₋₁ with k = T − t: a path for each step, the latest ones the largest."""
    h = [2.0]
    for _ in range(100):
        h.append(0.5 * h[-1] + 1.0)
    shares = [0.5**k * h[99 - k] for k in range(100)]
    found = cr.explain(linear(100), wrt="u", paths=3, steps="names").to_dict()["paths"]["u"]
    assert found["count"] == "100"
    assert [path["product"] for path in found["top"]] == pytest.approx(shares[:3])
    assert found["remainder"] == pytest.approx(math.fsum(shares[3:]))
