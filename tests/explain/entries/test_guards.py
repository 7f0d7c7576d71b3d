"""A rule's guards against single numbers are told where they matter, and only there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.explain import explain, read


def slopes(text: str, **at: float) -> dict[str, str]:
    """∂f/∂name as formulas, by name."""
    (step,) = (s for s in explain(read(text, at)).derivation.forward if not s.leaf)
    return {local.input: str(local.formula) for local in step.locals}


@given(st.floats(0.1, 5), st.floats(-3, 3).filter(bool))
def test_a_power_is_differentiated_as_in_books(x: float, y: float):
    assert slopes("f = x^y", x=x, y=y) == {"x": "y·x^(y - 1)", "y": "f·log(x)"}


def test_a_guard_that_holds_is_told():
    assert slopes("f = x^y", x=2, y=0)["x"].startswith("0 if y = 0 else ")
    assert slopes("f = x^y", x=0, y=2)["y"] == "f·log(1 if x = 0 else x)"


@pytest.mark.parametrize("x", [0.0, 2.0])
def test_choices_somebody_wrote_stay(x: float):
    story = explain(read("f = where(x == 0, y, 2*y)", {"x": x, "y": 3.0}))
    assert "if x = 0 else" in str(story)
    assert any(
        "if x = 0" in str(local.formula)
        for step in story.derivation.forward
        for local in step.locals
    )


def test_ties_between_operands_stay():
    assert slopes("f = max(x, y)", x=1, y=2)["x"] == "1 if x > y else 0.5 if x = y else 0"
