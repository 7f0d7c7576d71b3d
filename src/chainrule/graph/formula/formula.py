"""Formulas: what a computation looks like on paper.

A formula is a small tree that renderers turn into text, LaTeX or MathML. It knows how to be added,
multiplied and compared, so NumPy's own functions work on object arrays of formulas: `np.matmul` of
two arrays of symbols gives the sums of products a person would write. Numbers that carry no
information (a factor 1, a term 0) disappear as formulas are built; a number marked `literal` is
kept as typed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from chainrule.graph.display import write

__all__ = [
    "Call",
    "Cases",
    "Derivative",
    "E",
    "Fence",
    "Formula",
    "Negation",
    "Number",
    "Power",
    "Product",
    "Quotient",
    "Relation",
    "Rest",
    "Root",
    "Sum",
    "Symbol",
    "Together",
    "call",
    "rest",
    "rests",
]

NumberFormat = Callable[[float], str]
Operand = "Formula | float"


@dataclass(frozen=True, eq=True)
class Formula:
    """Base of all formulas; build them with operators from `Symbol` and `Number`.

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
        if _free(self) and _free(other):
            return Number(_value(self) + _value(other))
        return Sum(_joined(_terms(self), _terms(other)))

    def __radd__(self, other: Formula | float) -> Formula:
        return lift(other) + self

    def __sub__(self, other: Formula | float) -> Formula:
        return self + -lift(other)

    def __rsub__(self, other: Formula | float) -> Formula:
        return lift(other) + -self

    def __neg__(self) -> Formula:
        if _free(self):
            return Number(-_value(self))
        return self.inner if isinstance(self, Negation) else Negation(self)

    def __mul__(self, other: Formula | float) -> Formula:
        sign, coefficient, factors = 1, 1.0, list[Formula]()
        for formula in (self, lift(other)):
            if isinstance(formula, Negation):
                sign, formula = -sign, formula.inner
            for factor in formula.factors if isinstance(formula, Product) else (formula,):
                if _free(factor):
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
        if _free(self) and _free(other) and _value(other) != 0:
            return Number(_value(self) / _value(other))
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

    def parts(self) -> tuple[Formula, ...]:
        """The formulas directly inside this one, left to right."""
        return ()

    def rebuilt(self, parts: tuple[Formula, ...]) -> Formula:
        """The same kind of formula around other parts, with nothing simplified."""
        return self

    def symbols(self) -> Iterator[str]:
        """Names of the symbols inside, left to right, repeated as they stand."""
        stack: list[Formula] = [self]
        while stack:
            formula = stack.pop()
            if isinstance(formula, Symbol) and not formula.fixed:
                yield formula.name
            stack.extend(reversed(formula.parts()))

    def substitute(self, values: Mapping[str, float]) -> Formula:
        """The formula with numbers in place of symbols, otherwise as it stands.

        >>> print((Symbol("q") * Symbol("z")).substitute({"q": 3, "z": -4}))
        3·(-4)
        """
        if isinstance(self, Symbol):
            known = not self.fixed and self.name in values
            return Number(values[self.name], literal=True) if known else self
        parts = self.parts()
        return self.rebuilt(tuple(part.substitute(values) for part in parts)) if parts else self

    def text(self, number: NumberFormat = lambda value: f"{value:.6g}") -> str:
        """One line of plain text; `number` writes the numbers."""
        return write(self, "text", number)

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class Symbol(Formula):
    """A name: an input, a node, or one entry of a tensor such as `h1[5]`.

    A `fixed` one, such as Euler's e, is nobody's to give a value.
    """

    name: str
    fixed: bool = False


E = Symbol("e", fixed=True)
"""Euler's number."""


@dataclass(frozen=True)
class Number(Formula):
    """A number; a `literal` one was typed by somebody and is never folded away."""

    value: float
    literal: bool = False


@dataclass(frozen=True)
class Rest(Symbol):
    """The terms of a long sum that are not written: `count` of them, which add up to `value`."""

    count: int = 0
    value: float = 0.0

    def substitute(self, values: Mapping[str, float]) -> Formula:
        return Together(self.value, literal=True)


@dataclass(frozen=True)
class Together(Number):
    """What the terms that are not written add up to."""


def rest(count: int, value: float) -> Rest:
    """An ellipsis that knows what it stands for.

    >>> written = Symbol("a") + rest(124, 0.0031)
    >>> print(written, "=", written.substitute({"a": 2}))
    a + … = 2 + 0.0031
    """
    return Rest("…", fixed=True, count=count, value=value)


@dataclass(frozen=True)
class Sum(Formula):
    """Terms added; a negated term is written as a subtraction."""

    terms: tuple[Formula, ...]

    def parts(self) -> tuple[Formula, ...]:
        return self.terms

    def rebuilt(self, parts: tuple[Formula, ...]) -> Formula:
        return Sum(parts)


@dataclass(frozen=True)
class Product(Formula):
    """Factors multiplied."""

    factors: tuple[Formula, ...]

    def parts(self) -> tuple[Formula, ...]:
        return self.factors

    def rebuilt(self, parts: tuple[Formula, ...]) -> Formula:
        return Product(parts)


@dataclass(frozen=True)
class Negation(Formula):
    """−x."""

    inner: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.inner,)

    def rebuilt(self, parts: tuple[Formula, ...]) -> Formula:
        return Negation(*parts)


@dataclass(frozen=True)
class Quotient(Formula):
    """One formula over another."""

    over: Formula
    under: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.over, self.under)

    def rebuilt(self, parts: tuple[Formula, ...]) -> Formula:
        return Quotient(*parts)


@dataclass(frozen=True)
class Power(Formula):
    """base ^ exponent."""

    base: Formula
    exponent: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.base, self.exponent)

    def rebuilt(self, parts: tuple[Formula, ...]) -> Formula:
        return Power(*parts)


@dataclass(frozen=True)
class Root(Formula):
    """The square root."""

    inner: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.inner,)

    def rebuilt(self, parts: tuple[Formula, ...]) -> Formula:
        return Root(*parts)


@dataclass(frozen=True)
class Fence(Formula):
    """|x|."""

    inner: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.inner,)

    def rebuilt(self, parts: tuple[Formula, ...]) -> Formula:
        return Fence(*parts)


@dataclass(frozen=True)
class Call(Formula):
    """A named function of some arguments; `latex` is the command that sets its name."""

    function: str
    arguments: tuple[Formula, ...]
    latex: str = ""

    def parts(self) -> tuple[Formula, ...]:
        return self.arguments

    def rebuilt(self, parts: tuple[Formula, ...]) -> Formula:
        return Call(self.function, parts, self.latex)


@dataclass(frozen=True)
class Relation(Formula):
    """Two formulas compared; `sign` is one of < ≤ > ≥ = ≠."""

    left: Formula
    sign: str
    right: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.left, self.right)

    def rebuilt(self, parts: tuple[Formula, ...]) -> Formula:
        return Relation(parts[0], self.sign, parts[1])


@dataclass(frozen=True)
class Cases(Formula):
    """`chosen` where the condition holds, `otherwise` where it does not."""

    condition: Formula
    chosen: Formula
    otherwise: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.chosen, self.condition, self.otherwise)

    def rebuilt(self, parts: tuple[Formula, ...]) -> Formula:
        chosen, condition, otherwise = parts
        return Cases(condition, chosen, otherwise)


@dataclass(frozen=True)
class Derivative(Formula):
    """∂of / ∂by, both named."""

    of: str
    by: str


def call(function: str, latex: str = "") -> Callable[..., Formula]:
    """The notation of a function that is written by its name.

    >>> print(call("tanh")(Symbol("z")))
    tanh(z)
    """
    return lambda *arguments: Call(function, tuple(map(lift, arguments)), latex)


def rests(formula: Formula) -> Iterator[Rest]:
    """The ellipses inside that stand for a number, left to right."""
    stack = [formula]
    while stack:
        part = stack.pop()
        if isinstance(part, Rest):
            yield part
        stack.extend(reversed(part.parts()))


def lift(value: Formula | float) -> Formula:
    """A formula as it is, a number as a `Number`."""
    return value if isinstance(value, Formula) else Number(float(value))


def _terms(formula: Formula) -> tuple[Formula, ...]:
    return formula.terms if isinstance(formula, Sum) else (formula,)


def _joined(left: tuple[Formula, ...], right: tuple[Formula, ...]) -> tuple[Formula, ...]:
    """The terms of two sums, with one ellipsis for those of both."""
    rests_right = [term for term in right if isinstance(term, Rest)]
    rests_left = [term for term in left if isinstance(term, Rest)] if rests_right else []
    if not rests_left:
        return (*left, *right)
    both = [*rests_left, *rests_right]
    total = rest(sum(one.count for one in both), math.fsum(one.value for one in both))
    return (*(term for term in (*left, *right) if not isinstance(term, Rest)), total)


def _free(formula: Formula) -> bool:
    """Whether this is a finite number that may be folded into others."""
    return isinstance(formula, Number) and not formula.literal and math.isfinite(formula.value)


def _value(formula: Formula) -> float:
    assert isinstance(formula, Number)
    return formula.value


def _is(formula: Formula, value: float) -> bool:
    return _free(formula) and _value(formula) == value
