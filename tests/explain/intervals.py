"""Printed equations read back: each printed number is the interval of what it may stand for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.(\d+))?)(?:·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?(?![\w.])")
NOTE = re.compile(r"0 \(rounding: (-?)([^)]*)\)")


class Interval(NamedTuple):
    """All numbers from one to another."""

    low: Fraction
    high: Fraction

    def meets(self, other: Interval) -> bool:
        """Whether some number is in both."""
        return self.low <= other.high and other.low <= self.high


def equations(text: str) -> Iterator[tuple[str, list[Interval]]]:
    """The lines of an explanation, each with the sides of its equation that are numbers."""
    joined = re.sub(r"\n +(?=[=+·×-] )", " ", text)  # long equations go on in the next line
    for line in joined.splitlines():
        line = re.sub(r"^ +(via \S+|sum)  +", "", line)
        sides = [found for part in line.split(" = ") if (found := _side(part)) is not None]
        if len(sides) > 1:
            yield line, sides


def _side(text: str) -> Interval | None:
    """One side of an equation; None if it is not made of numbers.  A note is what rounding left."""
    note = NOTE.fullmatch(text.strip())
    if note:
        left = _number(NUMBER.fullmatch(note[2]), rounded=True)
        low, high = (-left.high, -left.low) if note[1] else left
        return Interval(min(low, Fraction(0)), max(high, Fraction(0)))
    numbers: list[Interval] = []

    def keep(found: re.Match[str]) -> str:
        numbers.append(_number(found))
        return f"n[{len(numbers) - 1}]"

    code = NUMBER.sub(keep, text.strip()).replace("×", "*").replace("·", "*").replace("^", "**")
    try:
        tree = ast.parse(code, mode="eval").body
    except SyntaxError:
        return None
    try:
        return _evaluated(tree, numbers)
    except KeyError:
        return None


def _number(found: re.Match[str] | None, *, rounded: bool = False) -> Interval:
    """Digits after the point that are as many as were asked for were rounded; fewer are all."""
    assert found is not None
    value = Fraction(found[1]) * (
        power := Fraction(10) ** int((found[3] or "0").translate(SUPERSCRIPTS))
    )
    places = len(found[2] or "")
    slack = (
        power * Fraction(51, 100) / 10**places if rounded or places >= (5 if found[3] else 6) else 0
    )
    slack = max(slack, abs(value) / 10**14)  # a short decimal is one but for rounding
    return Interval(value - slack, value + slack)


def _evaluated(tree: ast.expr, numbers: list[Interval]) -> Interval:
    """The interval of an expression.  Raises KeyError for what is not arithmetic."""
    match tree:
        case ast.Subscript(value=ast.Name(id="n"), slice=ast.Constant(value=int(i))):
            return numbers[i]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            low, high = _evaluated(inner, numbers)
            return Interval(-high, -low)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            base, exponent = _evaluated(left, numbers), _evaluated(right, numbers)
            if round(exponent.high) != 2:
                raise KeyError("a power")
            return _product(base, base)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _evaluated(left, numbers), _evaluated(right, numbers)
            match op:
                case ast.Add():
                    return Interval(a.low + b.low, a.high + b.high)
                case ast.Sub():
                    return Interval(a.low - b.high, a.high - b.low)
                case ast.Mult():
                    return _product(a, b)
                case ast.Div():
                    if b.low <= 0 <= b.high:
                        assert b.low < b.high, "a division by 0 was printed"
                        raise KeyError("anything")
                    return _product(a, Interval(1 / b.high, 1 / b.low))
                case _:
                    raise KeyError(op)
        case ast.Call(func=ast.Name(id="relu"), args=[inner]):
            low, high = _evaluated(inner, numbers)
            return Interval(max(low, Fraction(0)), max(high, Fraction(0)))
        case _:
            raise KeyError(type(tree).__name__)


def _product(a: Interval, b: Interval) -> Interval:
    corners = [x * y for x in a for y in b]
    return Interval(min(corners), max(corners))
