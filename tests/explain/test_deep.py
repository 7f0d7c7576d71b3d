"""Records that are deep or share much: no recursion limit, no formula that doubles each step."""

from __future__ import annotations

import pytest

import chainrule as cr
from chainrule.errors import DomainError, OptionError


def test_a_long_chain_without_names_is_told_in_names():
    x = cr.variable(0.5, "x")
    y = x
    for _ in range(5000):
        y = cr.sin(y)
    told = cr.explain(y.named("y"), wrt="x", steps="names")
    assert told.to_dict()["gradients"]["x"] == pytest.approx(float(y.gradients()["x"]))
    assert "∂y/∂x" in str(told)
    assert told.to_latex()
    assert told._repr_html_()


def test_a_value_used_twice_again_and_again_is_told_in_names():
    x = cr.variable(1.01, "x")
    y = x
    for _ in range(9):
        y = y * y + y
    slope = float(y.gradients()["x"])
    assert cr.explain(y.named("y"), steps="names").to_dict()["gradients"]["x"] == slope


def test_a_mistake_at_the_end_of_a_long_record_is_one_line():
    y = x = cr.variable(-1.0, "x")
    for _ in range(3000):
        y = y * 1.0 + y * 0.0
    with pytest.raises(DomainError, match="positive number") as caught:
        cr.explain(cr.log(y).named("f") + x)
    assert len(str(caught.value)) < 300


def test_a_long_record_says_how_to_ask_for_its_variable():
    y = cr.variable(0.5, "speed")
    for _ in range(1000):
        y = cr.sin(y)
    with pytest.raises(OptionError, match='wrt="speed"'):
        cr.explain(y)
