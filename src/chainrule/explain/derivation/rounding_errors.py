"""Which numbers of a derivation are 0 but for rounding.

0.1 + 0.2 − 0.3 is 5.55e-17 in binary arithmetic, and 0 by hand.  A running error analysis bounds
how far each number can be from what exact arithmetic would give: half a unit in the last place for
each operation, and for each given number that has no exact binary form, carried on by the slopes of
what follows.  A number within its own bound is 0 as far as anybody can tell.  A gradient that
vanishes is not: a product keeps its relative error, so 1e-20 is known to 16 digits like any other.

Such a number is written as 0 where it is used, unless that would make an equation false: times 10²⁰
it is 5551, and 0·10²⁰ is not.  Then it is written in full, and so is all that comes of it.  Whether
an equation is false depends on how many digits are written.

Wilkinson, "Error analysis revisited", 1986; Higham, "Accuracy and Stability of Numerical
Algorithms", 2002, section 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from chainrule.formula import (
    AbsoluteValue,
    Call,
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
)

__all__ = [
    "Approximate",
    "Effect",
    "Effects",
    "error_of",
    "half_ulp",
    "multiplied",
    "summed",
    "typed",
    "written_in_full",
]

LIBRARY = 0.75
"""The error of a function of the mathematical library, in units of the last place."""


class Approximate(NamedTuple):
    """A computed number, and a bound of its distance from the exact one."""

    value: float
    error: float

    @property
    def zero(self) -> bool:
        """Whether it is not 0, but 0 is as good."""
        return 0 < abs(self.value) < self.error


Known = Mapping[Hashable, Approximate]
"""Numbers by the keys of their symbols."""

_FUNCTIONS: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "log": (math.log, lambda x: 1 / x),
    "sin": (math.sin, math.cos),
    "cos": (math.cos, math.sin),
    "tan": (math.tan, lambda x: 1 + math.tan(x) ** 2),
    "tanh": (math.tanh, lambda x: 1 / math.cosh(x) ** 2),
    "sigmoid": (lambda x: 1 / (1 + math.exp(-x)), lambda x: 1 / (2 + 2 * math.cosh(x))),
}
"""Functions of one argument that occur in formulas, and their slopes."""


def half_ulp(value: float, precision: type[np.floating] = np.float64) -> float:
    """Half a unit in the last place: the largest error of one rounding to this number.

    >>> half_ulp(1.0) == 2.0**-53, half_ulp(1.0, np.float32) == 2.0**-24
    (True, True)
    """
    return float(np.spacing(precision(abs(value)))) / 2 if math.isfinite(value) else math.inf


def typed(value: float, precision: type[np.floating] = np.float64) -> Approximate:
    """A given number: exact if its decimal is, such as 0.5, else rounded once, such as 0.1."""
    exact = Decimal(str(precision(value))) == Decimal(value)
    return Approximate(value, 0.0 if exact else half_ulp(value, precision))


def summed(terms: Iterable[Approximate], precision: type[np.floating] = np.float64) -> Approximate:
    """The sum of some numbers, added one after the other.

    >>> summed(map(typed, (0.1, 0.2, -0.3))).zero, summed(map(typed, (0.1, 1e-20))).zero
    (True, False)
    """
    total, error = 0.0, 0.0
    for i, term in enumerate(terms):
        total += term.value
        error += term.error + (half_ulp(total, precision) if i else 0.0)
    return Approximate(total, error)


def error_of(
    formula: Formula, known: Known, precision: type[np.floating] = np.float64
) -> Approximate | None:
    """The value of a formula of known numbers and a bound of its error; None if it has others.

    >>> gap = error_of(Symbol("x") * 3 - 0.3, {"x": typed(0.1)})
    >>> gap is not None and gap.zero
    True
    """
    try:
        return _evaluated(formula, known, precision)
    except (ArithmeticError, ValueError, KeyError):
        return None


def _evaluated(formula: Formula, known: Known, precision: type[np.floating]) -> Approximate:
    """The same.  Raises KeyError, ArithmeticError or ValueError where it cannot be known."""

    def parts(of: Iterable[Formula]) -> list[Approximate]:
        return [_evaluated(part, known, precision) for part in of]

    match formula:
        case Number(value):
            return typed(value, precision)
        case Remainder():
            raise KeyError("the terms left out are not known one by one")
        case Symbol() if formula == E:
            return Approximate(math.e, half_ulp(math.e, precision))
        case Symbol():
            return known[formula.key]
        case Negation(inner):
            value, error = _evaluated(inner, known, precision)
            return Approximate(-value, error)
        case AbsoluteValue(inner):
            value, error = _evaluated(inner, known, precision)
            return Approximate(abs(value), error)
        case Sum(terms):
            return summed(parts(terms), precision)
        case Product(factors):
            first, *others = parts(factors)
            for other in others:
                first = multiplied(first, other, precision)
            return first
        case Quotient(over, under):
            numerator, denominator = parts([over, under])
            return _divided(numerator, denominator, precision)
        case Power(base, exponent):
            below, above = parts([base, exponent])
            return _raised(below, above, precision)
        case Root(inner):
            value, error = _evaluated(inner, known, precision)
            root = math.sqrt(value)
            carried = error / (2 * root) if root else math.sqrt(error)
            return Approximate(root, carried + half_ulp(root, precision))
        case Call(function, (argument,)):
            evaluate, slope = _FUNCTIONS[function]
            value, error = _evaluated(argument, known, precision)
            result = evaluate(value)
            carried = abs(slope(value)) * error
            return Approximate(result, carried + 2 * LIBRARY * half_ulp(result, precision))
        case _:
            raise KeyError(type(formula).__name__)


def multiplied(
    a: Approximate, b: Approximate, precision: type[np.floating] = np.float64
) -> Approximate:
    """The product of two numbers; 0 times infinity is 0, as in the backward pass."""
    if 0.0 in (a.value, b.value) and not (math.isfinite(a.value) and math.isfinite(b.value)):
        return Approximate(0.0, 0.0)
    value = a.value * b.value
    carried = abs(a.value) * b.error + abs(b.value) * a.error + a.error * b.error
    exact = abs(a.value) == 1 or abs(b.value) == 1
    return Approximate(value, carried + (0.0 if exact else half_ulp(value, precision)))


def _divided(a: Approximate, b: Approximate, precision: type[np.floating]) -> Approximate:
    value = a.value / b.value
    carried = (a.error + abs(value) * b.error) / max(abs(b.value) - b.error, 0.0)
    return Approximate(value, carried + half_ulp(value, precision))


def _raised(base: Approximate, exponent: Approximate, precision: type[np.floating]) -> Approximate:
    x, y = base.value, exponent.value
    value = math.pow(x, y)
    if not exponent.error and y == round(y) and 2 <= y <= 4:
        product = base
        for _ in range(round(y) - 1):
            product = multiplied(product, base, precision)
        return Approximate(value, product.error)
    carried = abs(y * math.pow(x, y - 1)) * base.error if base.error else 0.0
    carried += abs(value * math.log(x)) * exponent.error if exponent.error else 0.0
    return Approximate(value, carried + 2 * LIBRARY * half_ulp(value, precision))


class Effect(NamedTuple):
    """A number that is 0 but for rounding, a result, and the result if the number were 0.

    `without` is NaN where it is not known, and infinite where there is no result then.
    """

    zero: float
    result: float
    without: float


Effects = Sequence[Effect]


def written_in_full(
    effects: Effects, zeros: Collection[float], plain: Callable[[float], str]
) -> tuple[frozenset[float], frozenset[float]]:
    """The zeros that are written as the numbers they are, and those of them that come of others.

    `plain` writes a number as its readers see it.

    >>> effects = [Effect(5.6e-17, 5600.0, 0.0), Effect(5600.0, 3005600.0, 3000000.0)]
    >>> full, derived = written_in_full(effects, {5.6e-17, 5600.0}, str)
    >>> sorted(full), sorted(derived)
    ([5.6e-17, 5600.0], [5600.0])
    >>> written_in_full([Effect(5.6e-17, 3.0000001, 3.0)], {5.6e-17}, "{:.6f}".format)
    (frozenset(), frozenset())
    """
    links = [(z, result) for z, result, _ in effects if result in zeros and z != result]
    full = {one.zero for one in effects if one.result not in zeros and _differs(one, plain)}
    before = -1
    while len(full) != before:
        before = len(full)
        for link in links:
            if not full.isdisjoint(link):
                full.update(link)
    derived = {result for _, result in links if result in full}
    return frozenset(full), frozenset(derived)


def _differs(effect: Effect, plain: Callable[[float], str]) -> bool:
    """Whether readers see another result if the zero is written as 0."""
    if not (math.isfinite(effect.without) and math.isfinite(effect.result)):
        return True
    return Decimal(plain(effect.result)) != Decimal(plain(effect.without))
