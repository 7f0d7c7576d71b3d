"""Methods of NumPy's ufuncs: `reduce`, `accumulate` and `outer`, of any that is recorded."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.arguments import shown, truth
from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Array, Kink, Spec
from chainrule.ops.define import apply, called, normal_axes, normal_axis, primitive
from chainrule.ops.movement.selections import take_along_axis
from chainrule.ops.reductions.reduce import cumsum
from chainrule.ops.reductions.softmax import logsumexp
from chainrule.ops.registry import provides
from chainrule.ops.shapes import expand_dims, reshape, stack
from chainrule.ops.tensor import Operand, Tensor, lift
from chainrule.ops.tensor.numpy_calls import qualified

__all__ = ["accumulate", "outer", "reduce"]


def _running(x: Array, axis: int, largest: bool) -> Array:
    return (np.maximum if largest else np.minimum).accumulate(x, axis)


def _latest_extreme(x: Array, axis: int, largest: bool) -> Array:
    extreme = (x == _running(x, axis, largest)) | (x != x)
    places = np.cumsum(np.ones_like(x, np.intp), axis) - 1
    return np.maximum.accumulate(np.where(extreme, places, 0), axis)


def _on_paper(x: Array, axis: int, largest: bool) -> Array:
    """argmax(x₁, …, xᵢ): the index of the largest entry so far."""
    lines = np.moveaxis(np.asarray(x), axis, -1)
    found = np.empty(lines.shape, object)
    for index in np.ndindex(*lines.shape):
        so_far = lines[index[:-1]][: index[-1] + 1]
        found[index] = called("argmax" if largest else "argmin")(*so_far)
    return np.moveaxis(found, -1, axis)


def _tied(x: Array, axis: int, largest: bool) -> Any:
    so_far = np.moveaxis(_running(x, axis, largest), axis, -1)
    tied = np.zeros(x.shape, bool)
    np.moveaxis(tied, axis, -1)[..., 1:] = np.moveaxis(x, axis, -1)[..., 1:] == so_far[..., :-1]
    return tied


_LATEST_EXTREME = primitive(
    "latest_extreme",
    _latest_extreme,
    shape=lambda spec, axis, largest: Spec(spec.shape, np.dtype(np.intp)),
    vjp=(None,),
    notation=_on_paper,
    kink=Kink(_tied, "a tie: of the entries that equal the extreme so far, the latest is taken"),
)


@provides("ufunc.accumulate")
def accumulate(
    ufunc: np.ufunc, array: Operand, axis: int = 0, dtype: Any = None, out: Any = None
) -> Tensor:
    """yᵢ = f(yᵢ₋₁, xᵢ) along an axis, from y₀ = x₀.

    Of `np.maximum` and `np.minimum`, the gradient goes to the latest entry that is the extreme.

    >>> accumulate(np.maximum, [1.0, 3.0, 2.0])
    Tensor([1., 3., 3.])
    """
    x = _checked(ufunc, "accumulate", array, axis, dtype, out)
    position = normal_axis(axis, x.ndim, f"{qualified(ufunc)}.accumulate")
    if ufunc is np.add:
        return cumsum(x, position)
    if ufunc in (np.maximum, np.minimum):
        largest = ufunc is np.maximum
        latest = apply(_LATEST_EXTREME, x, axis=position, largest=largest)
        return take_along_axis(x, latest, position)
    rows = _rows(x, position)
    for i in range(1, len(rows)):
        rows[i] = ufunc(rows[i - 1], rows[i])
    return stack(rows, position) if rows else x


@provides("ufunc.reduce")
def reduce(
    ufunc: np.ufunc,
    array: Operand,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
) -> Tensor:
    """f(… f(f(x₀, x₁), x₂) …) along an axis, several axes, or all of them with axis=None.

    >>> reduce(np.hypot, [1.0, 2.0, 2.0])
    Tensor(3.0)
    """
    name, x = f"{qualified(ufunc)}.reduce", _checked(ufunc, "reduce", array, axis, dtype, out)
    keepdims, axes = truth(f"{name} keepdims", keepdims), normal_axes(axis, x.ndim, name)
    if ufunc is np.logaddexp and x.size:
        return logsumexp(x, axes, keepdims)
    for position in reversed(axes):
        rows = _rows(x, position)
        if not rows and ufunc.identity is None:
            raise ShapeError(name, expected="at least one entry", got=f"shape {x.shape}")
        shape = x.shape[:position] + x.shape[position + 1 :]
        empty = np.full(shape, ufunc.identity if ufunc.identity is not None else 0, x.dtype)
        x = functools.reduce(ufunc, rows) if rows else lift(empty)
    return expand_dims(x, axes) if keepdims and axes else x


@provides("ufunc.outer")
def outer(ufunc: Callable[..., Tensor], first: Operand, second: Operand) -> Tensor:
    """f(xᵢ, yⱼ) for every pair of entries: the axes of x, then those of y.

    >>> outer(np.subtract, [3.0, 1.0], [1.0, 2.0])
    Tensor([[ 2.,  1.],
            [ 0., -1.]])
    """
    x, y = lift(first), lift(second)
    return ufunc(reshape(x, x.shape + (1,) * y.ndim), y)


def _rows(x: Tensor, axis: int) -> list[Tensor]:
    before = (slice(None),) * axis
    return [x[(*before, i)] for i in range(x.shape[axis])]


def _checked(
    ufunc: np.ufunc, method: str, array: Operand, axis: Any, dtype: Any, out: Any
) -> Tensor:
    """The operand in the dtype that NumPy computes in; what NumPy refuses is refused."""
    name, x = f"{qualified(ufunc)}.{method}", lift(array)
    if out is not None:
        raise OptionError(
            name, expected="no out=", got=f"out={shown(out)}", remedy="use what it returns"
        )
    try:
        probe = getattr(ufunc, method)(np.ones((1,) * x.ndim, x.dtype), axis=axis, dtype=dtype)
    except np.exceptions.AxisError as error:
        raise ShapeError(name, expected=f"an axis of shape {x.shape}", got=str(error)) from None
    except (TypeError, ValueError) as error:
        raise OptionError(name, expected="what NumPy can compute", got=str(error)) from None
    return x if x.dtype == probe.dtype else x.astype(probe.dtype)
