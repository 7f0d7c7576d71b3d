"""Formulas beyond arithmetic: named functions, comparisons, choices and derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chainrule.formula.formula import Compound, Formula, Symbol, lift

__all__ = ["AbsoluteValue", "Call", "Cases", "Derivative", "E", "Relation", "Root", "call"]

E = Symbol("e", fixed=True)
"""Euler's number."""


@dataclass(frozen=True)
class Root(Compound):
    """The square root."""

    inner: Formula

    @property
    def square(self) -> Formula:
        return self.inner


@dataclass(frozen=True)
class AbsoluteValue(Compound):
    """|x|."""

    inner: Formula


@dataclass(frozen=True)
class Call(Formula):
    """A named function applied to arguments; `latex` is the LaTeX command for its name."""

    function: str
    arguments: tuple[Formula, ...]
    latex: str = ""

    def parts(self) -> tuple[Formula, ...]:
        return self.arguments

    def with_parts(self, parts: tuple[Formula, ...]) -> Formula:
        return Call(self.function, parts, self.latex)


@dataclass(frozen=True)
class Relation(Formula):
    """A comparison of two formulas; `sign` is one of < ≤ > ≥ = ≠."""

    left: Formula
    sign: str
    right: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.left, self.right)

    def with_parts(self, parts: tuple[Formula, ...]) -> Formula:
        return Relation(parts[0], self.sign, parts[1])


@dataclass(frozen=True)
class Cases(Compound):
    """`chosen` if the condition holds, else `otherwise`; the parts are in the order of writing."""

    chosen: Formula
    condition: Formula
    otherwise: Formula


@dataclass(frozen=True)
class Derivative(Formula):
    """∂of / ∂by, where both are names."""

    of: str
    by: str


def call(function: str, latex: str = "") -> Callable[..., Formula]:
    """Return the notation of a function that is written by its name.

    >>> print(call("tanh")(Symbol("z")))
    tanh(z)
    """
    return lambda *arguments: Call(function, tuple(map(lift, arguments)), latex)
