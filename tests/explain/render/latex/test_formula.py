"""Formulas as LaTeX, whole and in pieces."""

from __future__ import annotations

import pytest

from chainrule.explain.render.latex.formula import chunks_inside_brackets, piece
from chainrule.explain.render.latex.notation import LatexNumbers
from chainrule.formula import Call, Cases, Number, Relation, Root, Symbol, call, remainder
from chainrule.formula.numbers import NumberStyle, NumberWriter

x, y = Symbol("x"), Symbol("y")


@pytest.mark.parametrize(
    ("formula", "typeset"),
    [
        (x + y - 2, "x + y - 2"),
        (-(x + y), "-(x + y)"),
        ((x + y) * x, r"(x + y) \cdot x"),
        (x / (y + 1), r"\frac{x}{y + 1}"),
        ((x / y) * x, r"\frac{x}{y} \cdot x"),
        ((x / y) ** 2, r"{\left(\frac{x}{y}\right)}^{2}"),
        ((-x) ** 2, "{(-x)}^{2}"),
        (x ** (y + 1), "{x}^{y + 1}"),
        ((x * y).substitute({"x": 3, "y": -4}), r"3 \cdot (-4)"),
        ((x**2).substitute({"x": 1e-9}), r"{(1 \cdot 10^{-9})}^{2}"),
        (Root(x + y), r"\sqrt{x + y}"),
        (call("sigmoid", r"\sigma")(x), r"\sigma (x)"),
        (Call("my_function", (x, y)), r"\operatorname{my\_function} (x, y)"),
        (
            Cases(x, Relation(x, "≤", y), Number(0.0)),
            r"\begin{cases} x & \text{if } x \le y \\ 0 & \text{otherwise} \end{cases}",
        ),
    ],
)
def test_formulas(formula, typeset):
    assert piece(formula, LatexNumbers(NumberWriter(NumberStyle()))).code == typeset


@pytest.mark.parametrize(
    ("formula", "pieces"),
    [
        (-(x + y), [r"- \biggl( x", r"+ y \biggr)"]),
        ((x - y) / 3, [r"\frac{1}{3} \biggl( x", r"- y \biggr)"]),
        (-(x + y) / 3, [r"- \frac{1}{3} \biggl( x", r"+ y \biggr)"]),
        (x + y, ["x", "+ y"]),
        (x / y, [r"\frac{x}{y}"]),
    ],
)
def test_a_sum_in_brackets_can_be_broken(formula, pieces):
    assert [
        one.code
        for one in chunks_inside_brackets(formula, LatexNumbers(NumberWriter(NumberStyle())))
    ] == pieces


def test_omitted_terms_of_a_sum_are_counted():
    assert piece(x + remainder(124, 0.5), LatexNumbers(NumberWriter(NumberStyle()))).code == (
        r"x + \underbrace{\cdots}_{\text{124 more}}"
    )
