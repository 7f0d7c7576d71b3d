"""Integers whose arithmetic emits LLVM instructions, and constants of LLVM's types."""

from __future__ import annotations

import math
from functools import cache
from typing import Any, final

from llvmlite import ir

__all__ = ["Integer", "constant"]


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

    def to_float(self, like: Any) -> Any:
        """The Number of this value, of the type of `like`."""
        return type(like)(self.builder, self.builder.sitofp(self.value, like.type))

    def as_bits_of(self, like: Any) -> Any:
        """The Number with these bits, of the type of `like`."""
        return type(like)(self.builder, self.builder.bitcast(self.value, like.type))

    def _binary(self, instruction: str, other: Integer | int) -> Integer:
        right = other.value if isinstance(other, Integer) else constant(self.value.type, other)
        return Integer(self.builder, getattr(self.builder, instruction)(self.value, right))


def constant(value_type: Any, value: float) -> Any:
    """A constant, or a vector with it in all lanes."""
    return _cached_constant(value_type, value, math.copysign(1, value))


@cache
def _cached_constant(value_type: Any, value: float, sign: float) -> Any:
    """A constant, formatted only once; the sign distinguishes −0.0 from 0.0, which are equal."""
    if isinstance(value_type, ir.VectorType):
        return ir.Constant(value_type, [value] * value_type.count)
    return ir.Constant(value_type, value)
