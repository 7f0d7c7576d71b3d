"""Numbers that are 0 but for rounding, against exact fractions and against mpmath."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule import ops
from chainrule.explain import explain, read
from chainrule.explain.derivation.rounding_errors import error_of, summed, typed
from chainrule.formula import Symbol
from explain import expressions as random

decimals = st.integers(-(10**6), 10**6).map(lambda n: Fraction(n, 10**3))


def zeros(text: str, **values: float) -> frozenset[float]:
    return explain(read(text, values)).derivation.zeros


@given(st.lists(decimals, min_size=1, max_size=8))
def test_a_sum_that_is_0_by_hand_is_shown_as_0(terms):
    terms = [*terms, -sum(terms)]
    found = summed([typed(float(term)) for term in terms])
    assert found.value == 0 or found.zero


@given(st.lists(decimals, min_size=1, max_size=8))
def test_the_bound_holds(terms):
    found = summed([typed(float(term)) for term in terms])
    assert abs(Fraction(found.value) - sum(terms)) <= Fraction(found.error) * Fraction(1001, 1000)


@given(decimals, decimals, decimals)
def test_the_bound_of_a_formula_holds(a, b, c):
    x, y, z = map(Symbol, "xyz")
    formula = (x * y - z) ** 2 - x / (z**2 + 1)
    known = {name: typed(float(value)) for name, value in (("x", a), ("y", b), ("z", c))}
    found, exact = error_of(formula, known), (a * b - c) ** 2 - a / (c**2 + 1)
    assert found is not None
    assert abs(Fraction(found.value) - exact) <= Fraction(found.error) * Fraction(1001, 1000)


@settings(max_examples=100, deadline=None)
@given(random.texts(20), random.points)
def test_a_number_that_is_not_0_is_not_called_0(text, at):
    at = {name: at[name] for name in random.used(text)}
    if random.value(text, at) is None:
        return
    found = explain(read(text, at)).derivation
    with mpmath.workdps(60):
        exact = mpmath.re(random.many_digits(text, at))
    if found.value in found.zeros:
        assert abs(exact) < 1e-9  # and far from what rounding could have made of it
    elif abs(exact) > 1e-9:
        assert found.value not in found.zeros


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("f = a + b - c", {"a": 0.1, "b": 0.2, "c": 0.3}),
        ("f = 1 - a - b", {"a": 0.9, "b": 0.1}),
        ("f = a - 3*b", {"a": 0.3, "b": 0.1}),
        ("f = a*b - c", {"a": 0.1, "b": 3, "c": 0.3}),
        ("f = (a + b - c)*1e5", {"a": 0.1, "b": 0.2, "c": 0.3}),
        ("f = (a + b - c)**2", {"a": 0.1, "b": 0.2, "c": 0.3}),
        ("f = sqrt(a)**2 - a", {"a": 2}),
        ("f = sin(a)", {"a": math.pi}),
        ("f = cos(a)", {"a": math.pi / 2}),
        ("f = x + 0.2 - 0.3", {"x": 0.1}),
    ],
)
def test_what_people_know_to_be_0(text, values):
    found = explain(read(text, values)).derivation
    assert found.value != 0
    assert found.value in found.zeros
    assert "= 0 (rounding: " in str(explain(read(text, values)))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("f = a - b", {"a": 1e-20, "b": 0}),
        ("f = a*b", {"a": 1e-10, "b": 1e-10}),
        ("f = exp(-a)", {"a": 46}),
        ("f = a - b", {"a": 1.0000001, "b": 1}),
        ("f = sigmoid(x)", {"x": 36.7}),
        ("f = tanh(x)", {"x": 18.35}),
        ("f = 0.5*(1 - sigmoid(x))**2", {"x": 36}),
        ("f = -log(sigmoid(x))", {"x": 36.5}),
        ("f = x**3*w - x**3*w + y", {"x": 1.3, "w": 2.1, "y": 1e-20}),
    ],
)
def test_what_is_truly_tiny_is_not_hidden(text, values):
    assert zeros(text, **values) == frozenset()


def test_a_gradient_vanished_in_many_layers_is_shown():
    text = "; ".join(["h0 = sigmoid(w*x)", *(f"h{i} = sigmoid(w*h{i - 1})" for i in range(1, 14))])
    found = explain(read(text, {"w": 0.1, "x": 1.0}), wrt="x").derivation
    assert found.zeros == frozenset()
    assert 0 < abs(found.chains[0].gradient) < 1e-19


def test_a_gradient_whose_terms_cancel():
    found = explain(read("f = a*x + b*x - c*x", {"a": 0.1, "b": 0.2, "c": 0.3, "x": 7})).derivation
    gradient = next(step.gradient for step in found.backward if step.name == "x")
    assert gradient == 0 or gradient in found.zeros


def test_single_precision_has_larger_roundings():
    a, b, c = (
        ops.variable(np.float32(v), name) for v, name in ((0.1, "a"), (0.7, "b"), (0.8, "c"))
    )
    found = explain((a + b - c).named("f")).derivation
    assert found.value == 0 or found.value in found.zeros
    tiny = ops.variable(np.float32(1e-8), "t")
    assert explain((tiny * a).named("f")).derivation.zeros == frozenset()


def test_json_keeps_the_number():
    explanation = explain(read("f = a + b - c", {"a": 0.1, "b": 0.2, "c": 0.3}))
    assert explanation.to_dict()["value"] == 0.1 + 0.2 - 0.3


@pytest.mark.parametrize("form", ["to_html", "to_latex", "_repr_html_"])
def test_every_form_says_so(form):
    explanation = explain(read("f = a + b - c", {"a": 0.1, "b": 0.2, "c": 0.3}))
    assert "rounding: " in getattr(explanation, form)()
