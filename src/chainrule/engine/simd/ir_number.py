"""Numbers whose arithmetic emits LLVM instructions instead of computing a result.

A number is a scalar or a vector of any length.  So one formula serves both kernels, which apply it
to one number at a time, and functions that are emitted for vectors.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, final

from llvmlite import ir

__all__ = ["Number", "polynomial", "select"]

FLAGS = "contract", "nsz"
"""What LLVM may change; formulas rely on the order of operations, so it may not reorder them."""


@final
class Number:
    """A floating-point value, or a vector of them, with Python's arithmetic operators."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value
        self.type = value.type
        vector = isinstance(self.type, ir.VectorType)
        self.element_type = self.type.element if vector else self.type
        self.is_single = isinstance(self.element_type, ir.FloatType)

    def constant(self, value: float) -> Number:
        """A constant of this number's type."""
        return Number(self.builder, _constant(self.type, value))

    def __add__(self, other: Number | float) -> Number:
        return self._binary("fadd", other)

    def __sub__(self, other: Number | float) -> Number:
        return self._binary("fsub", other)

    def __mul__(self, other: Number | float) -> Number:
        return self._binary("fmul", other)

    def __truediv__(self, other: Number | float) -> Number:
        return self._binary("fdiv", other)

    def divide_approximately(self, other: Number) -> Number:
        """The quotient, exact except for its last two bits; `other` is neither 0 nor infinite.

        In single precision, on processors that estimate reciprocals, it takes half the time.
        """
        flags = (*FLAGS, "arcp", "ninf")
        return Number(self.builder, self.builder.fdiv(self.value, other.value, flags=flags))

    def __neg__(self) -> Number:
        return Number(self.builder, self.builder.fneg(self.value))

    def compare(self, operator: str, other: Number | float) -> Any:
        """The comparison by "<", "==", …; with NaN all are false, except "!=", which is true."""
        right = self._operand(other)
        if operator == "!=":
            return self.builder.fcmp_unordered(operator, self.value, right)
        return self.builder.fcmp_ordered(operator, self.value, right)

    def at_least(self, bound: Number | float) -> Number:
        """The larger of the number and the bound; the bound for NaN."""
        return select(self.compare(">", bound), self, Number(self.builder, self._operand(bound)))

    def at_most(self, bound: Number | float) -> Number:
        """The smaller of the number and the bound; the bound for NaN."""
        return select(self.compare("<", bound), self, Number(self.builder, self._operand(bound)))

    def abs(self) -> Number:
        """The absolute value."""
        return self._call("fabs")

    def sqrt(self) -> Number:
        """The square root."""
        return self._call("sqrt")

    def floor(self) -> Number:
        """The largest whole number that is not larger."""
        return self._call("floor")

    def _call(self, name: str) -> Number:
        """The result of an LLVM intrinsic of one argument."""
        lanes = f"v{self.type.count}" if self.type is not self.element_type else ""
        symbol = f"llvm.{name}.{lanes}{self.element_type.intrinsic_name}"
        module = self.builder.module
        function = module.globals.get(symbol) or ir.Function(
            module, ir.FunctionType(self.type, [self.type]), symbol
        )
        return Number(self.builder, self.builder.call(function, [self.value]))

    def to_integer(self) -> Integer:
        """The number as an integer, rounded towards 0."""
        return Integer(self.builder, self.builder.fptosi(self.value, self._integer_type()))

    def bits(self) -> Integer:
        """The bits of the number, read as an integer."""
        return Integer(self.builder, self.builder.bitcast(self.value, self._integer_type()))

    def _integer_type(self) -> Any:
        element = ir.IntType(32 if self.is_single else 64)
        scalar = self.type is self.element_type
        return element if scalar else ir.VectorType(element, self.type.count)

    def _operand(self, other: Number | float) -> Any:
        return other.value if isinstance(other, Number) else _constant(self.type, other)

    def _binary(self, instruction: str, other: Number | float) -> Number:
        emit = getattr(self.builder, instruction)
        return Number(self.builder, emit(self.value, self._operand(other), flags=FLAGS))


@final
class Integer:
    """An integer of as many bits as a Number, or a vector of them."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def __add__(self, other: Integer | int) -> Integer:
        return self._binary("add", other)

    def __sub__(self, other: Integer | int) -> Integer:
        return self._binary("sub", other)

    def __rshift__(self, other: int) -> Integer:
        return self._binary("ashr", other)

    def __lshift__(self, other: int) -> Integer:
        return self._binary("shl", other)

    def __and__(self, other: int) -> Integer:
        return self._binary("and_", other)

    def __or__(self, other: int) -> Integer:
        return self._binary("or_", other)

    def to_float(self, like: Number) -> Number:
        """The Number of this value, of the type of `like`."""
        return Number(self.builder, self.builder.sitofp(self.value, like.type))

    def as_bits_of(self, like: Number) -> Number:
        """The Number with these bits, of the type of `like`."""
        return Number(self.builder, self.builder.bitcast(self.value, like.type))

    def _binary(self, instruction: str, other: Integer | int) -> Integer:
        right = other.value if isinstance(other, Integer) else _constant(self.value.type, other)
        return Integer(self.builder, getattr(self.builder, instruction)(self.value, right))


def select(condition: Any, first: Number, second: Number) -> Number:
    """The first number where a comparison is true, else the second."""
    return Number(first.builder, first.builder.select(condition, first.value, second.value))


def polynomial(x: Number, *coefficients: float) -> Number:
    """Σ cᵢ·xⁿ⁻ⁱ, the coefficient of the highest power first (Horner's scheme)."""
    total = x.constant(coefficients[0])
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total


def _constant(value_type: Any, value: float) -> Any:
    return _cached_constant(value_type, value, math.copysign(1, value))


@cache
def _cached_constant(value_type: Any, value: float, sign: float) -> Any:
    """A constant, formatted only once; the sign distinguishes −0.0 from 0.0, which are equal."""
    if isinstance(value_type, ir.VectorType):
        return ir.Constant(value_type, [value] * value_type.count)
    return ir.Constant(value_type, value)
