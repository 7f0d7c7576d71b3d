"""Formulas, names and numbers as MathML."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from chainrule.explain.render.html.mathml import mathml, name, number
from chainrule.formula import AbsoluteValue, Call, Cases, Number, Relation, Root, Symbol, call
from chainrule.formula.numbers import NumberStyle, NumberWriter

x, y = Symbol("x"), Symbol("y")


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        (x + y - 2, "x+y−2"),
        (-(x + y), "−(x+y)"),
        ((x + y) * x, "(x+y)·x"),
        ((-x) ** 2, "(−x)2"),
        ((x * y).substitute({"x": 3, "y": -4}), "3·(−4)"),
        (Root(x + y), "x+y"),
        (AbsoluteValue(x), "|x|"),
        (call("sigmoid", r"\sigma")(x), "σ⁡(x)"),
        (call("log", r"\ln")(x), "ln⁡(x)"),
        (call("relu", r"\operatorname{relu}")(x, y), "relu⁡(x,y)"),
        (Call("f<g", (x,)), "f<g⁡(x)"),
        (Cases(x, Relation(x, "<", y), Number(0.0)), "{xif\u00a0x<y0otherwise"),
        (sum((Symbol(f"x{i}") for i in range(20)), Number(0.0)), "x0+x1+x2+…+x19"),
    ],
)
def test_formulas(formula, shown):
    content = mathml(formula, NumberWriter(NumberStyle()).plain)
    assert "".join(ElementTree.fromstring(f"<math>{content}</math>").itertext()) == shown


@pytest.mark.parametrize(
    ("written", "markup"),
    [
        ("x", "<mi>x</mi>"),
        ("w5", "<msub><mi>w</mi><mn>5</mn></msub>"),
        ("theta_h1", "<msub><mi>θ</mi><mi>h1</mi></msub>"),
        ("h[5]", "<mrow><mi>h</mi><mtext>[5]</mtext></mrow>"),
        ("a<b", "<mi>a&lt;b</mi>"),
    ],
)
def test_names(written, markup):
    assert name(written) == markup


def test_numbers():
    assert number("-0.5") == "<mn>−0.5</mn>"
    power = "<msup><mn>10</mn><mn>−5</mn></msup>"
    assert number("1.5e-05") == f"<mrow><mn>1.5</mn><mo>·</mo>{power}</mrow>"
