"""Functions that search, select and sort.  Indices are constants."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.array_api.calls import call, on_values
from chainrule.graph import Array
from chainrule.ops.tensor import Axis, Operand, Tensor

__all__ = ["argmax", "argmin", "argsort", "count_nonzero", "nonzero", "searchsorted", "sort"]
__all__ += ["take", "take_along_axis", "unique_all", "unique_counts", "unique_inverse"]
__all__ += ["unique_values", "where"]


def argmax(x: Tensor, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The index of the largest entry, or of each along an axis."""
    return on_values(np.argmax, x, axis=axis, keepdims=keepdims)


def argmin(x: Tensor, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The index of the smallest entry, or of each along an axis."""
    return on_values(np.argmin, x, axis=axis, keepdims=keepdims)


def argsort(
    x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True
) -> Tensor:
    """The indices that sort the entries along an axis."""
    return on_values(_descending if descending else _ascending, x, axis)


def _ascending(x: Array, axis: int) -> Array:
    return np.argsort(x, axis, stable=True)


def _descending(x: Array, axis: int) -> Array:
    """Equal entries stay in their order, which they would not if the others were only reversed."""
    return np.flip(x.shape[axis] - 1 - _ascending(np.flip(x, axis), axis), axis)


def sort(x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """The entries in order along an axis."""
    found = call(np.sort, x, axis=axis)
    return call(np.flip, found, axis=axis) if descending else found


def count_nonzero(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """How many entries are not 0, along axes."""
    return on_values(np.count_nonzero, x, axis=axis, keepdims=keepdims)


def nonzero(x: Tensor, /) -> tuple[Tensor, ...]:
    """The indices of the entries that are not 0, for each axis."""
    return on_values(np.nonzero, x)


def searchsorted(
    x1: Tensor, x2: Tensor, /, *, side: Any = "left", sorter: Tensor | None = None
) -> Tensor:
    """Where to insert `x2` into `x1`, which is sorted, or sorted by `sorter`."""
    return on_values(np.searchsorted, x1, x2, side=side, sorter=sorter)


def take(x: Tensor, indices: Tensor, /, *, axis: int | None = None) -> Tensor:
    """The entries at these indices along an axis."""
    return call(np.take, x, indices, axis=axis)


def take_along_axis(x: Tensor, indices: Tensor, /, *, axis: int = -1) -> Tensor:
    """The entries at these indices along an axis, others for each row along it."""
    return call(np.take_along_axis, x, indices, axis=axis)


def where(condition: Tensor, x1: Operand, x2: Operand, /) -> Tensor:
    """`x1` where the condition holds, else `x2`: see `cr.where`."""
    return call(np.where, condition, x1, x2)


def unique_all(x: Tensor, /) -> Any:
    """The different entries, with indices of their first occurrences, inverse and counts."""
    return on_values(np.unique_all, x)


def unique_counts(x: Tensor, /) -> Any:
    """The different entries, and how often each occurs."""
    return on_values(np.unique_counts, x)


def unique_inverse(x: Tensor, /) -> Any:
    """The different entries, and the index among them of each entry."""
    return on_values(np.unique_inverse, x)


def unique_values(x: Tensor, /) -> Tensor:
    """The different entries."""
    return call(np.unique_values, x)
