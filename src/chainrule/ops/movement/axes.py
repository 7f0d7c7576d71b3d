"""Other orders of axes and of entries along them, and axes added in front or behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from chainrule.arguments import shown, whole_number
from chainrule.errors import OptionError
from chainrule.ops.define import normal_axes
from chainrule.ops.movement.gather import asked, flat
from chainrule.ops.registry import provides
from chainrule.ops.shapes import astype, reshape, transpose
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["atleast_1d", "atleast_2d", "atleast_3d", "flip", "fliplr", "flipud"]
__all__ += ["matrix_transpose", "moveaxis", "ravel", "rollaxis", "rot90"]

Tensors = Tensor | tuple[Tensor, ...]


def _reordered(function: Callable[..., Any], x: Tensor, **options: Any) -> Tensor:
    """x with its axes in the order that NumPy's `function` gives them."""
    lengths, strides = (1,) * x.ndim, tuple(range(1, x.ndim + 1))  # strides name the axes
    axes = np.lib.stride_tricks.as_strided(np.zeros(()), lengths, strides)
    return transpose(x, [stride - 1 for stride in asked(function, axes, **options).strides])


@provides("moveaxis", np.moveaxis)
def moveaxis(a: Operand, source: Any, destination: Any) -> Tensor:
    """Move axes to other positions; the others keep their order.

    >>> moveaxis(np.ones((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    return _reordered(np.moveaxis, lift(a), source=source, destination=destination)


@provides("rollaxis", np.rollaxis)
def rollaxis(a: Operand, axis: int, start: int = 0) -> Tensor:
    """Move one axis in front of the one at `start`.

    >>> rollaxis(np.ones((2, 3, 4)), 2).shape
    (4, 2, 3)
    """
    return _reordered(np.rollaxis, lift(a), axis=axis, start=start)


@provides("matrix_transpose", np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(x: Operand) -> Tensor:
    """Exchange the last two axes.

    >>> matrix_transpose(np.ones((2, 3, 4))).shape
    (2, 4, 3)
    """
    return _reordered(np.matrix_transpose, lift(x))


@provides("flip", np.flip)
def flip(m: Operand, axis: Axis = None) -> Tensor:
    """Reverse the order of entries along axes, by default all.

    >>> flip([1.0, 2.0, 3.0])
    Tensor([3., 2., 1.])
    """
    x = lift(m)
    axes = normal_axes(axis, x.ndim, "np.flip")
    return x[tuple(slice(None, None, -1 if i in axes else None) for i in range(x.ndim))]


@provides("flipud", np.flipud)
def flipud(m: Operand) -> Tensor:
    """Reverse the order along the first axis.

    >>> flipud([1.0, 2.0])
    Tensor([2., 1.])
    """
    return flip(m, 0)


@provides("fliplr", np.fliplr)
def fliplr(m: Operand) -> Tensor:
    """Reverse the order along the second axis.

    >>> fliplr([[1.0, 2.0]])
    Tensor([[2., 1.]])
    """
    return flip(m, 1)


@provides("rot90", np.rot90)
def rot90(m: Operand, k: int = 1, axes: Any = (0, 1)) -> Tensor:
    """Rotate k times by 90°, from the first of two axes towards the second.

    >>> rot90([[1.0, 2.0], [3.0, 4.0]])
    Tensor([[2., 4.],
            [1., 3.]])
    """
    x, turns = lift(m), whole_number("np.rot90 k", k) % 4
    asked(np.rot90, np.broadcast_to(False, x.shape), k=1, axes=axes)  # are they two axes of x?
    first, second = (int(axis) % x.ndim for axis in axes)
    if turns == 0:
        return x
    if turns == 2:
        return flip(x, (first, second))
    order = list(range(x.ndim))
    order[first], order[second] = second, first
    return transpose(flip(x, second), order) if turns == 1 else flip(transpose(x, order), second)


@provides("ravel", np.ravel)
def ravel(a: Operand, order: str = "C") -> Tensor:
    """All entries along one axis: the last axis runs first, or the first if order is "F".

    >>> ravel([[1.0, 2.0], [3.0, 4.0]], "F")
    Tensor([1., 3., 2., 4.])
    """
    x = lift(a)
    return flat(transpose(x) if _column_major("np.ravel", order) else x)


@provides("reshape in an order", np.reshape)
def _reshape(a: Operand, shape: Any, order: str = "C", copy: Any = None) -> Tensor:
    if not _column_major("np.reshape", order):
        return reshape(a, shape)
    lengths = cast("tuple[Any, ...]", shape if isinstance(shape, (tuple, list)) else (shape,))
    return transpose(reshape(transpose(a), lengths[::-1]))


def _column_major(name: str, order: Any) -> bool:
    """Whether the first axis runs first; tensors are in C order, which is what A and K keep."""
    if order not in ("C", "F", "A", "K"):
        raise OptionError(f"{name} order", expected="C, F, A or K", got=shown(order))
    return order == "F"


def _each(function: Callable[[Tensor], Tensor]) -> Callable[..., Tensors]:
    def applied(*arys: Operand) -> Tensors:
        found = [function(lift(x)) for x in arys]
        return found[0] if len(found) == 1 else tuple(found)

    return applied


_AT_LEAST_1 = _each(lambda x: x if x.ndim else reshape(x, 1))
_AT_LEAST_2 = _each(lambda x: x if x.ndim >= 2 else reshape(x, (1, x.size)))
_AT_LEAST_3 = _each(
    lambda x: x if x.ndim >= 3 else reshape(x, (*(x.shape if x.ndim == 2 else (1, x.size)), 1))
)


@provides("atleast_1d", np.atleast_1d)
def atleast_1d(*arys: Operand) -> Tensors:
    """Each array, a number as one entry along an axis.

    >>> atleast_1d(2.0)
    Tensor([2.])
    """
    return _AT_LEAST_1(*arys)


@provides("atleast_2d", np.atleast_2d)
def atleast_2d(*arys: Operand) -> Tensors:
    """Each array with two axes or more; a vector becomes a row.

    >>> atleast_2d([1.0, 2.0])
    Tensor([[1., 2.]])
    """
    return _AT_LEAST_2(*arys)


@provides("atleast_3d", np.atleast_3d)
def atleast_3d(*arys: Operand) -> Tensors:
    """Each array with three axes or more; a vector of n entries gets the shape (1, n, 1).

    >>> atleast_3d([1.0, 2.0]).shape
    (1, 2, 1)
    """
    return _AT_LEAST_3(*arys)


def _astype(x: Operand, dtype: Any, copy: bool = True, device: Any = None) -> Tensor:
    return astype(x, dtype)


if hasattr(np, "astype"):
    provides("astype, by NumPy's function", np.astype)(_astype)
