"""Entries chosen by index arrays and by conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from chainrule.arguments import shown
from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Array
from chainrule.ops.define import broadcast_shapes, normal_axis
from chainrule.ops.elementwise import maximum, minimum, where
from chainrule.ops.indexing import put_add
from chainrule.ops.indexing.getitem import ARRAY
from chainrule.ops.movement.gather import along, flat
from chainrule.ops.registry import provides
from chainrule.ops.shapes import broadcast_to, stack
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["choose", "compress", "extract", "piecewise", "select", "take", "take_along_axis"]


@provides("take", np.take)
def take(a: Operand, indices: Operand, axis: int | None = None, mode: str = "raise") -> Tensor:
    """The entries, or the slices along an axis, with these indices.

    Indices out of range are an error, or taken modulo the length ("wrap"), or cut off ("clip").

    >>> take([1.0, 2.0, 3.0], [0, 0, 2])
    Tensor([1., 1., 3.])
    """
    x = lift(a)
    x, position = (flat(x), 0) if axis is None else (x, normal_axis(axis, x.ndim, "np.take"))
    return along(x, _in_range("np.take", indices, x.shape[position], mode), position)


def _in_range(name: str, indices: Operand, length: int, mode: str) -> Tensor:
    """Indices as integers; those out of range are left to the selection, or brought into it."""
    found = lift(indices)
    if found.dtype.kind == "b" or not found.size:
        found = found.astype(int)
    if found.dtype.kind not in "iu":
        expected = "an array of integers as indices"
        raise OptionError(name, expected=expected, got=f"an array of {found.dtype}")
    if mode == "raise":
        return found
    if mode == "wrap":
        return found % length
    if mode == "clip":
        return minimum(maximum(found, 0), length - 1)
    raise OptionError(f"{name} mode", expected="'raise', 'wrap' or 'clip'", got=shown(mode))


@provides("take_along_axis", np.take_along_axis)
def take_along_axis(arr: Operand, indices: Operand, axis: int | None = -1) -> Tensor:
    """For each position on the other axes, the entries with the indices found there.

    >>> take_along_axis([[1.0, 2.0], [3.0, 4.0]], [[1], [0]], axis=1)
    Tensor([[2.],
            [3.]])
    """
    x, index = lift(arr), lift(indices)
    if axis is None:
        x, index, axis = flat(x), flat(index), 0
    position = normal_axis(axis, x.ndim, "np.take_along_axis")
    if index.ndim != x.ndim:
        raise ShapeError(
            "np.take_along_axis", expected=f"indices with {x.ndim} axes", got=f"{index.ndim}"
        )
    if x.ndim == 1:
        return x[index]
    grid: list[Any] = [
        np.arange(n).reshape((-1,) + (1,) * (x.ndim - 1 - i)) for i, n in enumerate(x.shape)
    ]
    grid[position] = index
    return x[tuple(grid)]


@provides("compress", np.compress)
def compress(condition: Operand, a: Operand, axis: int | None = None) -> Tensor:
    """The entries, or the slices along an axis, where the condition holds at this point.

    >>> compress([True, False, True], [1.0, 2.0, 3.0])
    Tensor([1., 3.])
    """
    x, mask = lift(a), lift(condition)
    if mask.ndim != 1:
        raise ShapeError("np.compress", expected="a condition with one axis", got=f"{mask.shape}")
    x, position = (flat(x), 0) if axis is None else (x, normal_axis(axis, x.ndim, "np.compress"))
    return along(x, np.flatnonzero(mask.value), position)


@provides("extract", np.extract)
def extract(condition: Operand, arr: Operand) -> Tensor:
    """The entries of the flattened array where the flattened condition holds at this point.

    >>> extract([[True, False]], [[1.0, 2.0]])
    Tensor([1.])
    """
    return take(flat(arr), np.flatnonzero(lift(condition).value))


@provides("choose", np.choose)
def choose(a: Operand, choices: Any, mode: str = "raise") -> Tensor:
    """For each entry of `a`, the entry at the same position of the choice with that number.

    >>> choose([1, 0], [[1.0, 2.0], [3.0, 4.0]])
    Tensor([3., 2.])
    """
    parts, number = [lift(choice) for choice in choices], lift(a)
    number = _in_range("np.choose", number, len(parts), mode)
    shape = broadcast_shapes(number.shape, *(part.shape for part in parts))
    all_ = stack([broadcast_to(part, shape) for part in parts])
    return take_along_axis(all_, broadcast_to(number, (1, *shape)), 0)[0]


@provides("select", np.select)
def select(
    condlist: Sequence[Operand], choicelist: Sequence[Operand], default: Operand = 0
) -> Tensor:
    """The entry of the first choice whose condition holds, or else the default.

    >>> select([[True, False]], [[1.0, 2.0]], 9.0)
    Tensor([1., 9.])
    """
    if len(condlist) != len(choicelist) or not condlist:
        raise ShapeError(
            "np.select",
            expected="a choice for each condition",
            got=f"{len(condlist)} conditions and {len(choicelist)} choices",
        )
    found = lift(default)
    if isinstance(default, (int, float)):
        found = found.astype(np.result_type(*(lift(part).dtype for part in choicelist), default))
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        found = where(condition, choice, found)
    return found


@provides("piecewise", np.piecewise)
def piecewise(
    x: Operand, condlist: Any, funclist: Sequence[Callable[..., Any] | Any], *args: Any, **kw: Any
) -> Tensor:
    """The function (or number) of the last condition that holds at this point, entry by entry.

    A function more than there are conditions applies where none holds; without one, 0 stands there.
    Each is called on the entries of x where its condition holds.

    >>> piecewise([-1.0, 2.0], [np.array([True, False])], [abs, np.square])
    Tensor([1., 4.])
    """
    x = lift(x)
    masks = _masks(x, condlist)
    if len(funclist) == len(masks) + 1:
        masks.append(~np.any(masks, axis=0))
    if len(funclist) != len(masks):
        expected = f"{len(masks)} or {len(masks) + 1} functions"
        raise ShapeError("np.piecewise", expected=expected, got=f"{len(funclist)}")
    parts: list[Tensor] = []
    taken = np.zeros(x.shape, bool)
    for mask, function in reversed(list(zip(masks, funclist, strict=True))):
        here = np.flatnonzero(mask & ~taken)
        taken |= mask
        if not here.size:
            continue
        result: Any = function(flat(x)[here], *args, **kw) if callable(function) else function
        found = lift(result)
        found = broadcast_to(found.astype(x.dtype), here.shape)
        parts.append(put_add(found, lift(here), index=(ARRAY,), shape=(x.size,)))
    total = sum(parts[1:], parts[0]) if parts else flat(x) * 0
    return total.reshape(x.shape)


def _masks(x: Tensor, condlist: Any) -> list[Array]:
    """The conditions as masks: a list of them, or a single one."""
    if isinstance(condlist, (list, tuple)):
        several = cast("list[Any]", condlist)
        if several and np.ndim(several[0]) == 0 and x.ndim:
            several = [several]
    else:
        several = [condlist] if lift(condlist).ndim == x.ndim else list(condlist)
    return [np.broadcast_to(lift(one).value.astype(bool), x.shape) for one in several]
