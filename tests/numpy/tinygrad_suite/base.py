"""What every method of the stand-in's tensor needs: operands, dtypes and NumPy's functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy

import chainrule as cr
import chainrule.numpy as np

__all__ = ["Base", "DType", "binary", "dtypes", "method", "plain"]


@dataclass(frozen=True)
class DType:
    """A dtype under tinygrad's name, and its limits."""

    np: numpy.dtype[Any]

    @property
    def max(self) -> int:
        return int(numpy.iinfo(self.np).max)

    @property
    def min(self) -> int:
        return int(numpy.iinfo(self.np).min)


def dtype_of(dtype: Any) -> numpy.dtype[Any]:
    """NumPy's dtype of one of tinygrad's, or of a name that is tinygrad's or NumPy's."""
    if isinstance(dtype, str):
        dtype = getattr(dtypes, dtype, dtype)
    return dtype.np if isinstance(dtype, DType) else numpy.dtype(dtype)


class dtypes:  # noqa: N801  (tinygrad's name)
    """The dtypes that NumPy has, by tinygrad's names."""

    bool, half = DType(numpy.dtype(bool)), DType(numpy.dtype(numpy.float16))
    int8, int32, int64 = (DType(numpy.dtype(f"int{bits}")) for bits in (8, 32, 64))
    uint8, uint32, uint64 = (DType(numpy.dtype(f"uint{bits}")) for bits in (8, 32, 64))
    float32, float64 = (DType(numpy.dtype(f"float{bits}")) for bits in (32, 64))
    int, float = int32, float32
    default_int, default_float = int32, float32


class Base:
    """A value, which is recorded if it has floating-point numbers: a tensor, else NumPy's array."""

    a: Any

    @classmethod
    def of(cls, a: Any) -> Self:
        """The tensor with a result of NumPy's; tinygrad's integers have 32 bits, if not stated."""
        made = cls.__new__(cls)
        if not isinstance(a, cr.Tensor):
            a = numpy.asarray(a)
        made.a = a.astype(numpy.int32) if a.dtype == numpy.int64 else a
        return made

    @property
    def floating(self) -> Any:
        """The value with floating-point numbers, which have 32 bits where they were integers."""
        return self.a if self.a.dtype.kind == "f" else self.a.astype(numpy.float32)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.a.shape

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def dtype(self) -> DType:
        return DType(self.a.dtype)


def plain(x: Any) -> Any:
    """The operand as NumPy takes it; also within lists, tuples and slices."""
    if isinstance(x, Base):
        return x.a
    return type(x)(map(plain, x)) if isinstance(x, (list, tuple)) else x


def together(x: Any, y: Any) -> tuple[Any, Any]:
    """Two operands, of which integers become floating-point numbers of the other's bits."""
    pair = [plain(x), plain(y)]
    floats = [one for one in pair if getattr(one, "dtype", None) and one.dtype.kind == "f"]
    real = any(isinstance(one, float) for one in pair)
    if floats or real:
        dtype = floats[0].dtype if floats else numpy.dtype(numpy.float32)
        pair = [
            one.astype(dtype) if hasattr(one, "dtype") and one.dtype.kind in "biu" else one
            for one in pair
        ]
    return pair[0], pair[1]


def method(function: Callable[..., Any], of: str = "a") -> Any:
    """A method that applies a function to the value, and to other operands as they are."""

    def call(self: Base, *args: Any, **options: Any) -> Any:
        return self.of(function(getattr(self, of), *map(plain, args), **options))

    return call


def binary(function: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    """A method of two operands, and the one with the operands exchanged."""

    def left(self: Base, other: Any) -> Any:
        return self.of(function(*together(self, other)))

    def right(self: Base, other: Any) -> Any:
        return self.of(function(*together(other, self)))

    return left, right


def pairs(widths: Sequence[Any]) -> list[tuple[int, int]]:
    """Widths before and after, axis by axis from the last one, as pairs from the first one."""
    if len(widths) % 2:
        raise ValueError("widths come in pairs")
    return list(zip(widths[::2], widths[1::2], strict=True))[::-1]


def cut(a: Any, edges: Sequence[tuple[int, int]]) -> Any:
    """The array without the entries where an edge is negative."""
    low = [max(0, -before) for before, _ in edges]
    high = [n - max(0, -after) for n, (_, after) in zip(a.shape, edges, strict=True)]
    return a[tuple(slice(i, j) for i, j in zip(low, high, strict=True))] if edges else a


def swapped(a: Any, axis: int, function: Callable[[Any], Any]) -> Any:
    """A function of the last axis, applied to another one; an array without axes has one entry."""
    if a.ndim == 0:
        return np.reshape(function(np.reshape(a, (1,))), ())
    return np.swapaxes(function(np.swapaxes(a, axis, -1)), axis, -1)
