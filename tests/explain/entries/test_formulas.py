"""Formulas evaluate to the values they stand for, in every story and for every primitive."""

from __future__ import annotations

import math
from collections import defaultdict

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.explain import explain, read
from chainrule.explain.derivation import Derivation
from chainrule.explain.render.html.mathml import mathml
from chainrule.explain.render.latex.formula import piece
from chainrule.formula import Formula
from chainrule.graph import Graph
from explain.stories import STORIES
from ops.case import Case, one_of_each
from ops.cases import CASES
from ops.formulas import UNWRITTEN, evaluate, only_named

CLOSE = {"rel": 1e-9, "abs": 1e-11}


def check(derivation: Derivation, params: dict[str, float] | None = None) -> int:
    """Evaluate every formula of a derivation, and count them."""
    values = {step.name: step.value for step in derivation.forward} | {"e": math.e}
    checked = 0

    def same(formula: Formula, number: float) -> None:
        nonlocal checked
        if not set(formula.symbols()) <= values.keys() or only_named(formula):
            return  # of a large record only a part is shown
        found = evaluate(formula, values, **(params or {}))
        assert float(found) == pytest.approx(number, **CLOSE), str(formula)
        checked += 1

    with mpmath.workdps(30):
        for step in derivation.forward:
            same(step.formula, step.value)
            same(step.substituted, step.value)
            for local in step.locals:
                same(local.formula, local.value)
                same(local.substituted, local.value)
        for back in derivation.backward:
            for c in back.contributions:
                same(c.local.formula, c.local.value)
    return checked


@pytest.mark.parametrize("name", [name for name in STORIES if name != "functions"])
def test_stories(name):
    assert check(STORIES[name]().derivation) > 5


def recorded(case: Case) -> cr.Tensor:
    """The case's output, with its floating-point arguments as variables."""
    given = [cr.variable(arg, f"a{i}") if i in case.wrt else arg for i, arg in enumerate(case.args)]
    return case.function(*given)


def by_primitive() -> list[Case]:
    """Up to three cases of every primitive, those with entries and not too many of them."""
    chosen: dict[str, list[Case]] = defaultdict(list)
    for case in CASES:
        sizes = [np.size(arg) for arg in case.args]
        if case.rounds or not case.wrt or 0 in sizes or sum(sizes) > 40:
            continue
        if len(chosen[case.primitive]) < 3 and recorded(case).node.spec.differentiable:
            chosen[case.primitive].append(case)
    return [case for cases in chosen.values() for case in cases]


@pytest.mark.parametrize("case", one_of_each(by_primitive()), ids=str)
@pytest.mark.parametrize("steps", ["gates", "names"])
def test_primitives(case, steps):
    output = recorded(case)
    weights = np.random.default_rng(0).uniform(1, 2, output.shape)
    loss = cr.sum(output.named("out") * weights).named("loss")
    params = {
        key: node.params[key]
        for node in Graph.of([loss.node]).nodes
        for key in UNWRITTEN
        if key in node.params
    }
    derivation = explain(loss, steps=steps).derivation
    assert check(derivation, params) > 0
    for step in derivation.forward:
        for formula in (step.formula, *(local.formula for local in step.locals)):
            assert formula.text()
            assert piece(formula, str).code
            assert mathml(formula, str)
    gradients = loss.gradients()
    for chain in derivation.chains:
        total = sum(p.value for p in chain.products) + chain.rest
        assert total == pytest.approx(chain.gradient, **CLOSE)
    for name in gradients:
        assert np.asarray(derivation.gradients[name]) == pytest.approx(
            gradients[name].value, **CLOSE
        )


# guards of derivative rules against single numbers: shown where they matter, and only there


def slopes(text: str, **at: float) -> dict[str, str]:
    """∂f/∂name as formulas, by name."""
    (step,) = (s for s in explain(read(text, at)).derivation.forward if not s.leaf)
    return {local.input: str(local.formula) for local in step.locals}


@given(st.floats(0.1, 5), st.floats(-3, 3).filter(bool))
def test_a_power_is_differentiated_as_in_books(x: float, y: float):
    assert slopes("f = x^y", x=x, y=y) == {"x": "y·x^(y - 1)", "y": "f·log(x)"}


def test_a_guard_that_holds_is_shown():
    assert slopes("f = x^y", x=2, y=0)["x"].startswith("0 if y = 0 else ")
    assert slopes("f = x^y", x=0, y=2)["y"] == "f·log((0 if y < 0 else 1) if x = 0 else x)"


@pytest.mark.parametrize("x", [0.0, 2.0])
def test_conditions_that_the_user_wrote_are_kept(x: float):
    story = explain(read("f = where(x == 0, y, 2*y)", {"x": x, "y": 3.0}))
    assert "if x = 0 else" in str(story)
    assert any(
        "if x = 0" in str(local.formula)
        for step in story.derivation.forward
        for local in step.locals
    )


def test_ties_between_operands_are_kept():
    assert slopes("f = max(x, y)", x=1, y=2)["x"] == "1 if x > y else 0.5 if x = y else 0"
