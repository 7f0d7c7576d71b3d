"""Formulas: arithmetic, simplification, and text that evaluates to the formula's value."""

from __future__ import annotations

import ast
import math
import operator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chainrule.formula import (
    AbsoluteValue,
    Call,
    Cases,
    Derivative,
    Formula,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    Symbol,
    call,
)
from chainrule.formula.numbers import NumberStyle, NumberWriter
from ops.formulas import evaluate

x, y, z = Symbol("x"), Symbol("y"), Symbol("z")
VALUES = {"x": 0.75, "y": -1.5, "z": 2.25}
PYTHON = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Lt: operator.lt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
}


def parse(text: str) -> float:
    """Evaluate a line of text by Python's grammar, with the names in VALUES."""
    for ours, theirs in [("·", "*"), ("^", "**"), ("≥", ">="), (" = ", " == ")]:
        text = text.replace(ours, theirs)

    def number(node: ast.expr) -> float:
        match node:
            case ast.Constant(value):
                return value
            case ast.Name(name):
                return VALUES[name]
            case ast.UnaryOp(ast.USub(), operand):
                return -number(operand)
            case ast.BinOp(left, op, right):
                return PYTHON[type(op)](number(left), number(right))
            case ast.Compare(left, [op], [right]):
                return PYTHON[type(op)](number(left), number(right))
            case ast.IfExp(test, chosen, otherwise):
                return number(chosen) if number(test) else number(otherwise)
            case ast.Call(ast.Name("sqrt"), [argument]):
                return math.sqrt(number(argument))
        raise AssertionError(ast.dump(node))

    return number(ast.parse(text, mode="eval").body)


numbers = st.sampled_from([0.0, 1.0, -1.0, 2.0, -3.0, 0.5, 1e-7, 125000.0])
atoms = st.one_of(
    st.sampled_from([x, y, z]),
    numbers.map(Number),
    numbers.map(lambda value: Number(value, literal=True)),
)


def compound(parts: st.SearchStrategy) -> st.SearchStrategy:
    """Return formulas with the given parts, built by operators and by constructors."""
    few = st.lists(parts, min_size=2, max_size=4).map(tuple)
    return st.one_of(
        st.builds(operator.add, parts, parts),
        st.builds(operator.sub, parts, parts),
        st.builds(operator.mul, parts, parts),
        st.builds(operator.truediv, parts, parts),
        st.builds(operator.pow, parts, st.sampled_from([0, 1, 2, 3, -1]).map(float)),
        st.builds(operator.neg, parts),
        st.builds(Sum, few),
        st.builds(Product, few),
        st.builds(Negation, parts),
        st.builds(Quotient, parts, parts),
        st.builds(Power, parts, parts),
        st.builds(Root, parts),
        st.builds(Cases, parts, st.builds(Relation, parts, st.sampled_from("<≥="), parts), parts),
    )


formulas = st.recursive(atoms, compound, max_leaves=12)
EXAMPLES = settings(max_examples=300, derandomize=True, database=None, deadline=None)


def number_of(formula: Formula) -> float:
    """Return its value; reject the example if it has none, as in a division by zero."""
    try:
        value = evaluate(formula, VALUES)
    except (ArithmeticError, ValueError, TypeError):
        assume(False)
    assume(isinstance(value, (int, float)) and abs(value) < 1e12)
    return value


@EXAMPLES
@given(formulas)
def test_text_evaluates_to_the_value_of_the_formula(formula):
    expected = number_of(formula)
    assert parse(formula.text(repr)) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@EXAMPLES
@given(formulas)
def test_text_with_substituted_numbers_evaluates_to_the_same(formula):
    expected = number_of(formula)
    substituted = formula.substitute({"x": VALUES["x"], "y": VALUES["y"]})
    assert not {"x", "y"} & set(substituted.symbols())
    assert parse(substituted.text(repr)) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@EXAMPLES
@given(formulas, formulas)
def test_operators_compute_the_arithmetic_they_are_named_after(a, b):
    """Simplification does not change values."""
    left, right = number_of(a), number_of(b)
    assert evaluate(a + b, VALUES) == pytest.approx(left + right, rel=1e-9, abs=1e-9)
    assert evaluate(a - b, VALUES) == pytest.approx(left - right, rel=1e-9, abs=1e-9)
    assert evaluate(a * b, VALUES) == pytest.approx(left * right, rel=1e-9, abs=1e-9)
    assert evaluate(-a, VALUES) == -left
    if right:
        assert evaluate(a / b, VALUES) == pytest.approx(left / right, rel=1e-9, abs=1e-9)
    assert evaluate(a**2, VALUES) == pytest.approx(left**2, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (x + 0, "x"),
        (0 + x, "x"),
        (x * 1, "x"),
        (1 * x, "x"),
        (x * 0, "0"),
        (x / 1, "x"),
        (0 / x, "0"),
        (x**1, "x"),
        (x**0, "1"),
        (x - 0, "x"),
        (0 - x, "-x"),
        (-Negation(x), "x"),
        (x * -1, "-x"),
        (-x * -y, "x·y"),
        (-(2 * x), "-2·x"),
        (2 * x * 3, "6·x"),
        (Number(2.0) + 3, "5"),
        (Number(6.0) / 4, "1.5"),
        (Number(1.0, literal=True) * x, "1·x"),
        (x + y - z, "x + y - z"),
        (x - (y - z), "x - (y - z)"),
        (x - (y + z), "x - (y + z)"),
        ((x + y) * z, "(x + y)·z"),
        (x * (y / z), "x·(y/z)"),
        ((x * y) / z, "x·y/z"),
        (x / (y * z), "x/(y·z)"),
        (x / (y / z), "x/(y/z)"),
        ((-x) ** 2, "(-x)^2"),
        (-(x**2), "-x^2"),
        ((x**y) ** z, "(x^y)^z"),
        (x ** (y + 1), "x^(y + 1)"),
        (x ** Number(-2.0), "x^(-2)"),
        (Root(x + y), "sqrt(x + y)"),
        (AbsoluteValue(x - y), "|x - y|"),
        (call("max")(x, 0), "max(x, 0)"),
        (Cases(x, Relation(x, "<", y), y + 1), "x if x < y else y + 1"),
        (Cases(x, Relation(x, "<", y), y) + 1, "(x if x < y else y) + 1"),
        (Derivative("f", "w1"), "∂f/∂w1"),
        (sum((Symbol(f"a{i}") for i in range(20)), Number(0.0)), "a0 + a1 + a2 + … + a19"),
        (
            Product(tuple(Symbol(f"a{i}") for i in range(9))),
            "a0·a1·a2·…·a8",
        ),
        (Call("max", tuple(Symbol(f"a{i}") for i in range(9))), "max(a0, a1, a2, …, a8)"),
    ],
)
def test_text(formula, text):
    assert str(formula) == text


def test_numbers_are_written_as_asked():
    assert (x * 0.123456789).text(lambda value: f"{value:.2f}") == "0.12·x"


def test_symbols_in_reading_order():
    assert list((x + y * x - Root(z)).symbols()) == ["x", "y", "x", "z"]


def test_equality_is_of_structure():
    assert x + y == Sum((x, y))
    assert x + y != y + x
    assert len({x, Symbol("x"), y}) == 2


def test_a_power_of_ten_is_in_brackets_below_a_stroke_and_as_a_base():
    x, number = Symbol("x"), NumberWriter(NumberStyle())
    tiny = {"x": 1.5e-9}
    assert (2 / x).substitute(tiny).text(number) == "2/(1.5·10⁻⁹)"
    assert (x**2).substitute(tiny).text(number) == "(1.5·10⁻⁹)^2"
    assert (x * 3).substitute(tiny).text(number) == "3·1.5·10⁻⁹"
    assert (1 / -x).substitute(tiny).text(number) == "1/(-1.5·10⁻⁹)"
    assert (2 / x).substitute({"x": -1.5e-9}).text(number) == "2/(-1.5·10⁻⁹)"
