"""Numbers that exist as instructions: what is computed with them is written, not done.

They are single or vectors of any length, so that one formula serves kernels, which apply it to one
number at a time, and functions written for vectors.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, final

from llvmlite import ir

__all__ = ["Number", "choose", "polynomial"]

FLAGS = "contract", "nsz"
"""What the compiler may do.  It may not change the order of sums: formulas count on theirs."""


@final
class Number:
    """A floating-point number, or each of a vector, with the operators of Python's."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value
        self.kind = value.type
        self.number = self.kind.element if isinstance(self.kind, ir.VectorType) else self.kind
        self.single = isinstance(self.number, ir.FloatType)

    def of(self, constant: float) -> Number:
        """A constant as this number's type."""
        return Number(self.builder, _constant(self.kind, constant))

    def __add__(self, other: Number | float) -> Number:
        return self._made("fadd", other)

    def __sub__(self, other: Number | float) -> Number:
        return self._made("fsub", other)

    def __mul__(self, other: Number | float) -> Number:
        return self._made("fmul", other)

    def __truediv__(self, other: Number | float) -> Number:
        return self._made("fdiv", other)

    def nearly_over(self, other: Number) -> Number:
        """Their quotient up to its last two bits, for an `other` that is neither 0 nor infinite.

        Of single precision, where the processor estimates reciprocals, in half the time.
        """
        flags = (*FLAGS, "arcp", "ninf")
        return Number(self.builder, self.builder.fdiv(self.value, other.value, flags=flags))

    def __neg__(self) -> Number:
        return Number(self.builder, self.builder.fneg(self.value))

    def compare(self, how: str, other: Number | float) -> Any:
        """Where `how` ("<", "==", …) holds; nothing holds of what is no number, but "!="."""
        right = self._operand(other)
        if how == "!=":
            return self.builder.fcmp_unordered(how, self.value, right)
        return self.builder.fcmp_ordered(how, self.value, right)

    def at_least(self, bound: Number | float) -> Number:
        """The larger of both; the bound for what is no number."""
        return choose(self.compare(">", bound), self, Number(self.builder, self._operand(bound)))

    def at_most(self, bound: Number | float) -> Number:
        """The smaller of both; the bound for what is no number."""
        return choose(self.compare("<", bound), self, Number(self.builder, self._operand(bound)))

    def called(self, name: str) -> Number:
        """A function of it that the compiler knows: "floor", "sqrt", "fabs"."""
        lanes = f"v{self.kind.count}" if self.kind is not self.number else ""
        symbol = f"llvm.{name}.{lanes}{self.number.intrinsic_name}"
        module = self.builder.module
        function = module.globals.get(symbol) or ir.Function(
            module, ir.FunctionType(self.kind, [self.kind]), symbol
        )
        return Number(self.builder, self.builder.call(function, [self.value]))

    def whole(self) -> Bits:
        """The whole number that it is."""
        return Bits(self.builder, self.builder.fptosi(self.value, self._bits()))

    def bits(self) -> Bits:
        """Its bits, read as a whole number."""
        return Bits(self.builder, self.builder.bitcast(self.value, self._bits()))

    def _bits(self) -> Any:
        kind = ir.IntType(32 if self.single else 64)
        return kind if self.kind is self.number else ir.VectorType(kind, self.kind.count)

    def _operand(self, other: Number | float) -> Any:
        return other.value if isinstance(other, Number) else _constant(self.kind, other)

    def _made(self, operation: str, other: Number | float) -> Number:
        make = getattr(self.builder, operation)
        return Number(self.builder, make(self.value, self._operand(other), flags=FLAGS))


@final
class Bits:
    """A whole number as long as a Number's bits, or each of a vector."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def __add__(self, other: Bits | int) -> Bits:
        return self._made("add", other)

    def __sub__(self, other: Bits | int) -> Bits:
        return self._made("sub", other)

    def __rshift__(self, other: int) -> Bits:
        return self._made("ashr", other)

    def __lshift__(self, other: int) -> Bits:
        return self._made("shl", other)

    def __and__(self, other: int) -> Bits:
        return self._made("and_", other)

    def __or__(self, other: int) -> Bits:
        return self._made("or_", other)

    def number(self, like: Number) -> Number:
        """The Number that it is."""
        return Number(self.builder, self.builder.sitofp(self.value, like.kind))

    def seen(self, like: Number) -> Number:
        """The Number that has these bits."""
        return Number(self.builder, self.builder.bitcast(self.value, like.kind))

    def _made(self, operation: str, other: Bits | int) -> Bits:
        right = other.value if isinstance(other, Bits) else _constant(self.value.type, other)
        return Bits(self.builder, getattr(self.builder, operation)(self.value, right))


def choose(where: Any, one: Number, other: Number) -> Number:
    """One number where a comparison holds, else the other."""
    return Number(one.builder, one.builder.select(where, one.value, other.value))


def polynomial(x: Number, *coefficients: float) -> Number:
    """Σ cᵢ·xⁿ⁻ⁱ, the coefficient of the highest power first (Horner's scheme)."""
    total = x.of(coefficients[0])
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total


def _constant(kind: Any, number: float) -> Any:
    return _spelt(kind, number, math.copysign(1, number))


@cache
def _spelt(kind: Any, number: float, sign: float) -> Any:
    """A constant, written but once; −0.0 is another than 0.0, though they are equal."""
    if isinstance(kind, ir.VectorType):
        return ir.Constant(kind, [number] * kind.count)
    return ir.Constant(kind, number)
