"""Writes formulas as one line of plain text, with parentheses only where they are needed."""

from __future__ import annotations

from collections.abc import Callable

from chainrule.formula.formula import (
    Formula,
    Negation,
    Number,
    NumberFormat,
    Power,
    Product,
    Quotient,
    Remainder,
    RemainderValue,
    Sum,
    Symbol,
)
from chainrule.formula.functions import AbsoluteValue, Call, Cases, Derivative, Relation, Root
from chainrule.graph.display import writer

__all__ = ["LONG", "binding", "shorten", "text"]

LONG = 8
"""Sums, products and calls of up to this many parts are written in full, longer ones shortened."""


def binding(formula: Formula) -> int:
    """Return the precedence: 0 cases, 1 relation, 2 sum, 3 product, 4 power, 5 atom."""
    match formula:
        case Cases():
            return 0
        case Relation():
            return 1
        case Sum() | Negation():
            return 2
        case Product() | Quotient():
            return 3
        case Power():
            return 4
        case _:
            return 5


@writer(Formula, "text")
def text(formula: Formula, number: NumberFormat) -> str:
    """Write `formula` on one line; `number` writes the numbers."""

    def write(part: Formula, at_least: int = 0) -> str:
        line = text(part, number)
        # "3·(-4)", "(-2)^2": a negative number binds like a negation unless it comes first
        # "(4·10⁻⁴)^2": a power of ten is a product
        loose = isinstance(part, Number) and (
            (line.startswith("-") and at_least > 2) or ("·" in line and at_least > 4)
        )
        return f"({line})" if loose or binding(part) < at_least else line

    match formula:
        case Symbol(name):
            return name
        case Number(value):
            return number(value)
        case Negation(inner):
            return f"-{write(inner, 3)}"
        case Sum(terms):
            return _sum(terms, write)
        case Product(factors):
            first, *rest = shorten(factors)
            return "·".join([write(first, 3), *(write(factor, 4) for factor in rest)])
        case Quotient(over, under):
            below = write(under, 4)
            # "1/(4·10⁻⁴)": a power of ten is a product
            product = isinstance(under, Number) and "·" in below and not below.startswith("(")
            return f"{write(over, 3)}/({below})" if product else f"{write(over, 3)}/{below}"
        case Power(base, exponent):
            return f"{write(base, 5)}^{write(exponent, 5)}"
        case Root(inner):
            return f"sqrt({write(inner)})"
        case AbsoluteValue(inner):
            return f"|{write(inner)}|"
        case Call(function, arguments):
            separator = getattr(number, "separator", ", ")
            return f"{function}({separator.join(map(write, shorten(arguments)))})"
        case Relation(left, sign, right):
            return f"{write(left, 2)} {sign} {write(right, 2)}"
        case Cases(chosen, condition, otherwise):
            return f"{write(chosen, 1)} if {write(condition, 1)} else {write(otherwise)}"
        case Derivative(of, by):
            return f"∂{of}/∂{by}"
        case _:
            raise TypeError(f"no text for {type(formula).__name__}")


def shorten(parts: tuple[Formula, ...]) -> list[Formula]:
    """Return the parts to write: all of up to `LONG`, else the first three, an ellipsis, the last.

    A sum with a remainder is already shortened and stays as it is.
    """
    few = len(parts) <= LONG or any(isinstance(p, (Remainder, RemainderValue)) for p in parts)
    return list(parts) if few else [*parts[:3], Symbol("…"), parts[-1]]


def _sum(terms: tuple[Formula, ...], write: Callable[[Formula, int], str]) -> str:
    line = ""
    for term in shorten(terms):
        if isinstance(term, Negation) and line:
            line += f" - {write(term.inner, 3)}"
        elif isinstance(term, Number) and not term.literal and term.value < 0 and line:
            line += f" - {write(Number(-term.value), 3)}"
        else:
            line += f" + {write(term, 3)}" if line else write(term, 2)
    return line
