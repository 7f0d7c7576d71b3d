"""Formulas: the arithmetic of computations as written on paper.

A formula is a small tree that renderers turn into text, LaTeX or MathML.  It can be added,
multiplied and compared, so NumPy's functions work on object arrays of formulas: `np.matmul` of two
arrays of symbols gives the sums of products that a person would write.  Numbers that carry no
information (a factor 1, a term 0) disappear as formulas are built; a number marked `literal` stays
as it was typed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chainrule.graph.display import write

__all__: list[str] = ["Compound", "Formula", "Negation", "Number", "NumberFormat", "Power"]
__all__ += ["Product", "Quotient", "Remainder", "RemainderValue", "Sum", "Symbol"]
__all__ += ["lift", "remainder", "remainders"]

NumberFormat = Callable[[float], str]
"""How numbers in a formula are written."""


class Formula:
    """Base class of formulas; build them from `Symbol` and `Number` with Python's operators.

    >>> x, y = Symbol("x"), Symbol("y")
    >>> print((x + y) * 1 - 0 * y)
    x + y
    """

    def __add__(self, other: Formula | float) -> Formula:
        other = lift(other)
        if _is(self, 0):
            return other
        if _is(other, 0):
            return self
        if _foldable(self) and _foldable(other):
            return Number(_value(self) + _value(other))
        return Sum(_merged(_terms(self), _terms(other)))

    def __radd__(self, other: Formula | float) -> Formula:
        return lift(other) + self

    def __sub__(self, other: Formula | float) -> Formula:
        return self + -lift(other)

    def __rsub__(self, other: Formula | float) -> Formula:
        return lift(other) + -self

    def __neg__(self) -> Formula:
        if _foldable(self):
            return Number(-_value(self))
        return self.inner if isinstance(self, Negation) else Negation(self)

    def __mul__(self, other: Formula | float) -> Formula:
        sign, coefficient, factors = 1, 1.0, list[Formula]()
        for formula in (self, lift(other)):
            if isinstance(formula, Negation):
                sign, formula = -sign, formula.inner
            for factor in formula.factors if isinstance(formula, Product) else (formula,):
                if _foldable(factor):
                    coefficient *= _value(factor)
                else:
                    factors.append(factor)
        if coefficient == 0:
            return Number(0.0)
        if coefficient < 0:
            sign, coefficient = -sign, -coefficient
        if coefficient != 1 or not factors:
            factors.insert(0, Number(coefficient))
        product = factors[0] if len(factors) == 1 else Product(tuple(factors))
        return -product if sign < 0 else product

    def __rmul__(self, other: Formula | float) -> Formula:
        return lift(other) * self

    def __truediv__(self, other: Formula | float) -> Formula:
        other = lift(other)
        if _is(other, 1) or _is(self, 0):
            return self
        if isinstance(self, Negation):
            return -(self.inner / other)
        if _foldable(self) and _foldable(other) and _value(other) != 0:
            return Number(_value(self) / _value(other))
        if isinstance(self, Quotient) and self.under == other and other.square is not None:
            return self.over / other.square
        return Quotient(self, other)

    def __rtruediv__(self, other: Formula | float) -> Formula:
        return lift(other) / self

    def __pow__(self, other: Formula | float) -> Formula:
        other = lift(other)
        if _is(other, 1):
            return self
        return Number(1.0) if _is(other, 0) else Power(self, other)

    def __rpow__(self, other: Formula | float) -> Formula:
        return lift(other) ** self

    @property
    def square(self) -> Formula | None:
        """The square, where it is simpler: of a root, what it is the root of."""
        return None

    def parts(self) -> tuple[Formula, ...]:
        """Return the formulas directly inside this one, left to right."""
        return ()

    def with_parts(self, parts: tuple[Formula, ...]) -> Formula:
        """Return the same kind of formula with other parts, without simplifying."""
        return self

    def inside(self) -> Iterator[Formula]:
        """Yield the formula and all formulas inside it, left to right."""
        stack: list[Formula] = [self]
        while stack:
            formula = stack.pop()
            yield formula
            stack.extend(reversed(formula.parts()))

    def unknowns(self) -> Iterator[Symbol]:
        """Yield the symbols inside that are not fixed, left to right, repetitions included."""
        return (one for one in self.inside() if isinstance(one, Symbol) and not one.fixed)

    def symbols(self) -> Iterator[str]:
        """Yield the names of these symbols."""
        return (symbol.name for symbol in self.unknowns())

    def substitute(self, values: Mapping[Any, float]) -> Formula:
        """Return the formula with numbers in place of symbols, otherwise unchanged.

        A symbol finds its number by its `key`.

        >>> print((Symbol("q") * Symbol("z")).substitute({"q": 3, "z": -4}))
        3·(-4)
        """
        if isinstance(self, Symbol):
            known = not self.fixed and self.key in values
            return Number(values[self.key], literal=True) if known else self
        parts = self.parts()
        return self.with_parts(tuple(part.substitute(values) for part in parts)) if parts else self

    def text(self, number: NumberFormat = lambda value: f"{value:.6g}") -> str:
        """Return one line of plain text; `number` writes the numbers."""
        return write(self, "text", number)

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class Symbol(Formula):
    """A name: an input, a node, or an entry of a tensor such as `h1[5]`.

    A `fixed` symbol, such as Euler's e, cannot be given a value.  For an entry of a record, `entry`
    is the name of the array, which no other array of the record has, and the index.
    """

    name: str
    fixed: bool = False
    entry: tuple[str, tuple[int, ...]] | None = None

    @property
    def key(self) -> Hashable:
        """What the symbol is: the entry, or the name where it is no entry of a record."""
        return self.name if self.entry is None else self.entry


@dataclass(frozen=True)
class Number(Formula):
    """A number; a `literal` one was typed by the user and is never simplified away."""

    value: float
    literal: bool = False


@dataclass(frozen=True)
class Remainder(Symbol):
    """The terms that a long sum leaves out: `count` terms whose sum is `value`."""

    count: int = 0
    value: float = 0.0

    def substitute(self, values: Mapping[str, float]) -> Formula:
        return RemainderValue(self.value, literal=True)


class RemainderValue(Number):
    """The number that replaces a `Remainder` when values are substituted."""


def remainder(count: int, value: float) -> Remainder:
    """Return an ellipsis for `count` terms whose sum is `value`.

    >>> written = Symbol("a") + remainder(124, 0.0031)
    >>> print(written, "=", written.substitute({"a": 2}))
    a + … = 2 + 0.0031
    """
    return Remainder("…", fixed=True, count=count, value=value)


@dataclass(frozen=True)
class Sum(Formula):
    """A sum of terms; a negated term is written as a subtraction."""

    terms: tuple[Formula, ...]

    def parts(self) -> tuple[Formula, ...]:
        return self.terms

    def with_parts(self, parts: tuple[Formula, ...]) -> Formula:
        return Sum(parts)


@dataclass(frozen=True)
class Product(Formula):
    """A product of factors."""

    factors: tuple[Formula, ...]

    def parts(self) -> tuple[Formula, ...]:
        return self.factors

    def with_parts(self, parts: tuple[Formula, ...]) -> Formula:
        return Product(parts)


class Compound(Formula):
    """A formula whose fields are its parts, in order."""

    def parts(self) -> tuple[Formula, ...]:
        return tuple(vars(self).values())

    def with_parts(self, parts: tuple[Formula, ...]) -> Formula:
        return type(self)(*parts)


@dataclass(frozen=True)
class Negation(Compound):
    """−x."""

    inner: Formula


@dataclass(frozen=True)
class Quotient(Compound):
    """A fraction: `over` is its numerator, `under` its denominator."""

    over: Formula
    under: Formula


@dataclass(frozen=True)
class Power(Compound):
    """base ^ exponent."""

    base: Formula
    exponent: Formula


def remainders(formula: Formula) -> Iterator[Remainder]:
    """Yield the remainders of sums inside the formula, left to right."""
    return (one for one in formula.inside() if isinstance(one, Remainder))


def lift(value: Formula | float) -> Formula:
    """Return a formula unchanged and a number as a `Number`."""
    return value if isinstance(value, Formula) else Number(float(value))


def _terms(formula: Formula) -> tuple[Formula, ...]:
    return formula.terms if isinstance(formula, Sum) else (formula,)


def _merged(left: tuple[Formula, ...], right: tuple[Formula, ...]) -> tuple[Formula, ...]:
    """The terms of two sums; if both have a remainder, the two are combined into one."""
    of_right = [term for term in right if isinstance(term, Remainder)]
    of_left = [term for term in left if isinstance(term, Remainder)] if of_right else []
    if not of_left:
        return (*left, *right)
    both = [*of_left, *of_right]
    total = remainder(sum(one.count for one in both), math.fsum(one.value for one in both))
    return (*(term for term in (*left, *right) if not isinstance(term, Remainder)), total)


def _foldable(formula: Formula) -> bool:
    """Whether this is a finite number that may be combined with others."""
    return isinstance(formula, Number) and not formula.literal and math.isfinite(formula.value)


def _value(formula: Formula) -> float:
    assert isinstance(formula, Number)
    return formula.value


def _is(formula: Formula, value: float) -> bool:
    return _foldable(formula) and _value(formula) == value
