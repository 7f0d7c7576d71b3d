"""Abridges long sums inside a formula: some terms stay, the others become one number.

Sums that a record computes are abridged while they are written, by `entries.formulas`.  Sums that a
notation introduces, such as the Σ e^xᵢ below a softmax, are abridged here.  The terms with selected
entries and the largest terms stay.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from typing import Any

from chainrule.explain.entries.formulas import MAX_TERMS, SHOWN_TERMS
from chainrule.formula import (
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
    formula: Formula, values: Mapping[Any, float], selected: Container[Any] = frozenset()
) -> Formula:
    """The formula with its long sums abridged, if their terms can be evaluated with these values.

    Values and selected entries are found by the keys of their symbols.

    >>> terms = sum(Symbol(f"x{i}") for i in range(100))
    >>> print(abridged(2 / terms, {f"x{i}": float(i) for i in range(100)}, {"x1"}))
    2/(x1 + x97 + x98 + x99 + …)
    """
    return _Abridger(values, selected).abridged(formula)


class _Abridger:
    """Abridges one formula, of which a derivative rule may hold the same part many times.

    Parts are remembered by identity: an entry of a normalisation is written with the same mean
    and the same spread over and over.
    """

    def __init__(self, values: Mapping[Any, float], selected: Container[Any]) -> None:
        self.values, self.selected = values, selected
        self._abridged: dict[int, tuple[Formula, Formula]] = {}
        self._sized: dict[int, tuple[Formula, float]] = {}
        self._marked: dict[int, tuple[Formula, bool]] = {}

    def abridged(self, formula: Formula) -> Formula:
        if id(formula) not in self._abridged:
            parts = formula.parts()
            whole = formula.with_parts(tuple(map(self.abridged, parts))) if parts else formula
            match whole:
                case Sum(terms) if len(terms) > MAX_TERMS and not any(
                    isinstance(t, Remainder) for t in terms
                ):
                    whole = self._abridged_sum(whole)
                case _:
                    pass
            # the formula is kept too, so that nothing else gets its identity
            self._abridged[id(formula)] = formula, whole
        return self._abridged[id(formula)][1]

    def _abridged_sum(self, formula: Sum) -> Formula:
        terms = formula.terms
        try:
            sizes = [self._size(term) for term in terms]
        except (ArithmeticError, ValueError, KeyError):
            return formula
        first = [self._is_selected(term) for term in terms]
        order = sorted(range(len(terms)), key=lambda i: (not first[i], -abs(sizes[i])))
        shown = set(order[: max(SHOWN_TERMS, sum(first))])
        others = [size for i, size in enumerate(sizes) if i not in shown]
        if len(others) < 2:
            return formula
        left = remainder(len(others), math.fsum(others))
        return Sum((*(term for i, term in enumerate(terms) if i in shown), left))

    def _size(self, term: Formula) -> float:
        if id(term) not in self._sized:
            self._sized[id(term)] = term, _evaluated(term, self.values)
        return self._sized[id(term)][1]

    def _is_selected(self, term: Formula) -> bool:
        if id(term) not in self._marked:
            found = any(symbol.key in self.selected for symbol in term.unknowns())
            self._marked[id(term)] = term, found
        return self._marked[id(term)][1]


def _evaluated(formula: Formula, values: Mapping[Any, float]) -> float:
    """The value of an arithmetic formula.  Raises KeyError for any other."""
    match formula:
        case Number(value):
            return value
        case Symbol() if formula == E:
            return math.e
        case Symbol():
            return values[formula.key]
        case Negation(inner):
            return -_evaluated(inner, values)
        case Sum(terms):
            return math.fsum(_evaluated(term, values) for term in terms)
        case Product(factors):
            return math.prod(_evaluated(factor, values) for factor in factors)
        case Quotient(over, under):
            return _evaluated(over, values) / _evaluated(under, values)
        case Power(base, exponent):
            return math.pow(_evaluated(base, values), _evaluated(exponent, values))
        case Root(inner):
            return math.sqrt(_evaluated(inner, values))
        case AbsoluteValue(inner):
            return abs(_evaluated(inner, values))
        case _:
            raise KeyError(type(formula).__name__)
