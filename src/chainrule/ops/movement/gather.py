"""Functions of NumPy that only move entries: applied to indices, they say what goes where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from chainrule.arguments import lengths, shown
from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Array
from chainrule.ops.define import normal_axis
from chainrule.ops.dependence import flat_indices
from chainrule.ops.registry import provides
from chainrule.ops.shapes import concatenate, reshape
from chainrule.ops.tensor import Operand, Tensor, lift
from chainrule.ops.tensor.numpy_calls import qualified

__all__ = ["along", "asked", "delete", "entries", "flat", "insert", "moved", "plain"]
__all__ += ["repeat", "resize", "roll", "tile", "trim_zeros"]


def plain(argument: Any) -> Any:
    """An argument that must be a constant, such as a shift; a tensor as an array.

    A tensor of floats raises DifferentiationError while a function is differentiated.
    """
    if isinstance(argument, (list, tuple)):
        parts = cast("list[Any] | tuple[Any, ...]", argument)
        return type(parts)([plain(part) for part in parts])
    return np.asarray(argument) if isinstance(argument, Tensor) else argument


def asked(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """What NumPy's own function says; its errors as ShapeError with the function's name."""
    constants = {name: plain(option) for name, option in options.items()}
    try:
        return function(*args, **constants)
    except (ValueError, IndexError, TypeError) as error:
        raise ShapeError(
            qualified(function), expected="arguments that fit the shape", got=str(error)
        ) from None


def flat(x: Operand) -> Tensor:
    """All entries along one axis, in C order."""
    x = lift(x)
    return x if x.ndim == 1 else reshape(x, -1)


def entries(x: Operand, indices: Array) -> Tensor:
    """The entries with these flat indices; as a reshape where all keep their order."""
    x = lift(x)
    if indices.size == x.size and bool((indices.ravel() == np.arange(x.size)).all()):
        return x if indices.shape == x.shape else reshape(x, indices.shape)
    return flat(x)[indices]


def along(x: Operand, indices: Any, axis: int) -> Tensor:
    """The entries with these indices along one axis."""
    return lift(x)[(slice(None),) * axis + (indices,)]


def moved(function: Callable[..., Any], x: Operand, **options: Any) -> Tensor:
    """The entries of x where NumPy's `function` moves them.

    >>> moved(np.tile, [1.0, 2.0], reps=2)
    Tensor([1., 2., 1., 2.])
    """
    x = lift(x)
    return entries(x, np.asarray(asked(function, flat_indices(x.shape), **options)))


def _moved_along(function: Callable[..., Any], x: Tensor, axis: int, **options: Any) -> Tensor:
    """The same for functions that move whole slices along one axis."""
    axis = normal_axis(axis, x.ndim, qualified(function))
    return along(x, asked(function, np.arange(x.shape[axis]), **options), axis)


@provides("tile", np.tile)
def tile(A: Operand, reps: Any) -> Tensor:
    """Repeat the whole array `reps` times along each axis; its gradient is summed over the copies.

    >>> tile([1.0, 2.0], (2, 1))
    Tensor([[1., 2.],
            [1., 2.]])
    """
    return moved(np.tile, A, reps=reps)


@provides("repeat", np.repeat)
def repeat(a: Operand, repeats: Any, axis: int | None = None) -> Tensor:
    """Repeat each entry, or each slice along an axis; the gradient is summed over the copies.

    >>> repeat([1.0, 2.0], [1, 2])
    Tensor([1., 2., 2.])
    """
    x = lift(a)
    if axis is None:
        return _moved_along(np.repeat, flat(x), 0, repeats=repeats)
    return _moved_along(np.repeat, x, axis, repeats=repeats)


@provides("roll", np.roll)
def roll(a: Operand, shift: Any, axis: Any = None) -> Tensor:
    """Shift the entries along axes; those beyond the end come in at the start.

    >>> roll([1.0, 2.0, 3.0], 1)
    Tensor([3., 1., 2.])
    """
    x = lift(a)
    one = isinstance(axis, int) or (axis is None and x.ndim == 1)
    if one and np.ndim(shift) == 0:
        return _moved_along(np.roll, x, 0 if axis is None else axis, shift=shift)
    return moved(np.roll, x, shift=shift, axis=axis)


@provides("resize", np.resize)
def resize(a: Operand, new_shape: Any) -> Tensor:
    """Fill a new shape with the entries, in C order, repeated or cut off as needed.

    >>> resize([1.0, 2.0], 3)
    Tensor([1., 2., 1.])
    """
    x = lift(a)
    return moved(np.resize, x, new_shape=new_shape) if x.size else _no_entries(x, new_shape)


def _no_entries(x: Tensor, shape: Any) -> Tensor:
    return lift(np.zeros(lengths("np.resize", shape), x.dtype))


@provides("delete", np.delete)
def delete(arr: Operand, obj: Any, axis: int | None = None) -> Tensor:
    """Leave out the entries, or the slices along an axis, that `obj` selects.

    >>> delete([1.0, 2.0, 3.0], 1)
    Tensor([1., 3.])
    """
    x = lift(arr)
    if axis is None:
        return _moved_along(np.delete, flat(x), 0, obj=obj)
    return _moved_along(np.delete, x, axis, obj=obj)


@provides("insert", np.insert)
def insert(arr: Operand, obj: Any, values: Operand, axis: int | None = None) -> Tensor:
    """Insert values before the given indices along an axis, or of the flattened array.

    >>> insert([1.0, 3.0], 1, 2.0)
    Tensor([1., 2., 3.])
    """
    x, new = lift(arr), lift(values).astype(lift(arr).dtype)
    numbers = flat_indices(x.shape), flat_indices(new.shape) + x.size
    order = asked(np.insert, numbers[0], obj=obj, values=numbers[1], axis=axis)
    return concatenate([flat(x), flat(new)])[order]


@provides("trim_zeros", np.trim_zeros)
def trim_zeros(filt: Operand, trim: str = "fb") -> Tensor:
    """Leave out the zeros at the front ("f") and at the back ("b"), as they are at this point.

    >>> trim_zeros([0.0, 1.0, 0.0, 2.0, 0.0])
    Tensor([1., 0., 2.])
    """
    x, sides = lift(filt), str(trim).lower()
    if not {*sides} <= {"f", "b"}:
        raise OptionError("np.trim_zeros trim", expected="'f', 'b' or 'fb'", got=shown(trim))
    kept = np.argwhere(x.value)
    if not kept.size:
        return x[(slice(0, 0),) * x.ndim]
    starts = kept.min(axis=0) if "f" in sides else np.zeros(x.ndim, int)
    stops = kept.max(axis=0) + 1 if "b" in sides else np.asarray(x.shape)
    return x[tuple(slice(int(a), int(b)) for a, b in zip(starts, stops, strict=True))]
