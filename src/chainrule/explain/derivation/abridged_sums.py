"""Long sums inside a formula, with what stands for most of their terms.

Sums that a record adds up are cut where they are read; those that a notation writes, as the Σ e^xᵢ
below a softmax, are cut here: the terms selected elsewhere and the largest stay, the others are one
number.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping

from chainrule.explain.entries.symbolic import LARGEST, LONG
from chainrule.graph.formula import (
    AbsoluteValue,
    E,
    Formula,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Remainder,
    Root,
    Sum,
    Symbol,
    remainder,
)

__all__ = ["abridged"]


def abridged(
    formula: Formula, values: Mapping[str, float], selected: Container[str] = frozenset()
) -> Formula:
    """The formula with every long sum cut whose terms can be added up with these values.

    >>> terms = sum(Symbol(f"x{i}") for i in range(100))
    >>> print(abridged(2 / terms, {f"x{i}": float(i) for i in range(100)}, {"x1"}))
    2/(x1 + x97 + x98 + x99 + …)
    """
    parts = formula.parts()
    if parts:
        formula = formula.with_parts(tuple(abridged(part, values, selected) for part in parts))
    match formula:
        case Sum(terms) if len(terms) > LONG and not any(isinstance(t, Remainder) for t in terms):
            return _cut(formula, values, selected)
        case _:
            return formula


def _cut(formula: Sum, values: Mapping[str, float], selected: Container[str]) -> Formula:
    terms = formula.terms
    try:
        sizes = [_value(term, values) for term in terms]
    except (ArithmeticError, ValueError, KeyError):
        return formula
    first = [any(name in selected for name in term.symbols()) for term in terms]
    order = sorted(range(len(terms)), key=lambda i: (not first[i], -abs(sizes[i])))
    shown = set(order[: max(LARGEST, sum(first))])
    others = [size for i, size in enumerate(sizes) if i not in shown]
    if len(others) < 2:
        return formula
    left = remainder(len(others), math.fsum(others))
    return Sum((*(term for i, term in enumerate(terms) if i in shown), left))


def _value(formula: Formula, values: Mapping[str, float]) -> float:
    """What a formula of arithmetic comes to; KeyError for any other."""
    match formula:
        case Number(value):
            return value
        case Symbol() if formula == E:
            return math.e
        case Symbol(name):
            return values[name]
        case Negation(inner):
            return -_value(inner, values)
        case Sum(terms):
            return math.fsum(_value(term, values) for term in terms)
        case Product(factors):
            return math.prod(_value(factor, values) for factor in factors)
        case Quotient(over, under):
            return _value(over, values) / _value(under, values)
        case Power(base, exponent):
            return math.pow(_value(base, values), _value(exponent, values))
        case Root(inner):
            return math.sqrt(_value(inner, values))
        case AbsoluteValue(inner):
            return abs(_value(inner, values))
        case _:
            raise KeyError(type(formula).__name__)
