"""Sorted entries: the order is recorded, and selects the entries, which alone get gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import shown
from chainrule.errors import OptionError
from chainrule.graph import Array, Kink, Spec
from chainrule.ops.define import apply, normal_axis, primitive
from chainrule.ops.movement.gather import asked, flat
from chainrule.ops.movement.selections import take, take_along_axis
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["argpartition", "argsort", "in_order", "partition", "searchsorted", "sort"]

KINDS = (None, "quicksort", "mergesort", "heapsort", "stable")


def _argsort(x: Array, axis: int, nan: str) -> Array:
    order = np.argsort(x, axis, kind="stable")
    if nan == "everywhere" and x.dtype.kind in "fc" and x.size:
        last = np.take(order, [-1], axis)  # where a nan is, if there is one
        order = np.where(np.isnan(np.take_along_axis(x, last, axis)), last, order)
    return order


def _argsort_on_paper(x: Array, axis: int, nan: str) -> Array:
    """argsort(i; x₁, x₂, …): the index of the i-th smallest."""
    from chainrule.formula.functions import call

    lines = np.moveaxis(np.asarray(x), axis, -1)
    found = np.empty(lines.shape, object)
    for index in np.ndindex(*lines.shape):
        found[index] = call("argsort")(index[-1], *lines[index[:-1]])
    return np.moveaxis(found, -1, axis)


def _tied(x: Array, axis: int, nan: str) -> Any:
    line = np.moveaxis(np.sort(x, axis), axis, -1)
    equal = line[..., 1:] == line[..., :-1]
    beside = np.zeros(line.shape, bool)
    beside[..., 1:] |= equal
    beside[..., :-1] |= equal
    return np.moveaxis(beside, -1, axis)


_ARGSORT = primitive(
    "argsort",
    _argsort,
    shape=lambda spec, axis, nan: Spec(spec.shape, np.dtype(np.intp)),
    vjp=(None,),
    notation=_argsort_on_paper,
    complex=True,
    kink=Kink(_tied, "a tie: entries that are equal keep their order, and each its own gradient"),
)


def in_order(x: Tensor, axis: int, nan: str = "last") -> Tensor:
    """The entries along an axis in ascending order, as the recorded order selects them.

    With nan="everywhere", a single nan makes all entries of its line nan.
    """
    return take_along_axis(x, apply(_ARGSORT, x, axis=axis, nan=nan), axis)


@provides("argsort", np.argsort)
def argsort(
    a: Operand, axis: int | None = -1, kind: str | None = None, stable: bool | None = None
) -> Tensor:
    """The indices that sort the entries along an axis; equal ones keep their order, nan is last.

    Whatever the `kind`, the order is the stable one.

    >>> argsort([3.0, 1.0, 2.0, 1.0])
    Tensor([1, 3, 2, 0], dtype=int64)
    """
    x, position = _line(a, axis, "np.argsort")
    _check_kind("np.argsort", kind)
    return apply(_ARGSORT, x, axis=position, nan="last")


@provides("sort", np.sort)
def sort(
    a: Operand, axis: int | None = -1, kind: str | None = None, stable: bool | None = None
) -> Tensor:
    """The entries along an axis in ascending order; equal ones keep their order, nan is last.

    Each gradient goes back to the entry it belongs to.

    >>> sort([3.0, 1.0, 2.0])
    Tensor([1., 2., 3.])
    """
    x, position = _line(a, axis, "np.sort")
    _check_kind("np.sort", kind)
    return in_order(x, position)


def _line(a: Operand, axis: int | None, name: str) -> tuple[Tensor, int]:
    x = lift(a)
    if axis is None:
        return flat(x), 0
    return x, normal_axis(axis, x.ndim, name)


def _check_kind(name: str, kind: Any) -> None:
    if kind not in KINDS:
        raise OptionError(f"{name} kind", expected=", ".join(map(repr, KINDS[1:])), got=shown(kind))


@provides("partition", np.partition)
def partition(a: Operand, kth: Any, axis: int | None = -1, kind: str = "introselect") -> Tensor:
    """The entries with the kth smallest in its place, smaller ones before and larger ones after it.

    They are all sorted, which is one of the orders that NumPy allows.

    >>> partition([3.0, 1.0, 2.0], 1)
    Tensor([1., 2., 3.])
    """
    x, position = _line(a, axis, "np.partition")
    asked(np.partition, np.zeros(x.shape[position]), kth=kth)  # is there a kth entry?
    return in_order(x, position)


@provides("argpartition", np.argpartition)
def argpartition(a: Operand, kth: Any, axis: int | None = -1, kind: str = "introselect") -> Tensor:
    """The indices that partition the entries along an axis; see `partition`.

    >>> argpartition([3.0, 1.0, 2.0], 1)
    Tensor([1, 2, 0], dtype=int64)
    """
    x, position = _line(a, axis, "np.argpartition")
    asked(np.partition, np.zeros(x.shape[position]), kth=kth)
    return apply(_ARGSORT, x, axis=position, nan="last")


def _searchsorted(x: Array, v: Array, side: Any) -> Array:
    return np.asarray(np.searchsorted(x, v, side))


def _searchsorted_on_paper(x: Array, v: Array, side: str) -> Array:
    from chainrule.formula import entrywise
    from chainrule.formula.functions import call

    return entrywise(lambda one: call("searchsorted")(one, *np.asarray(x)))(v)


_SEARCHSORTED = primitive(
    "searchsorted",
    _searchsorted,
    shape=lambda x, v, side: Spec(v.shape, np.dtype(np.intp)),
    vjp=(None, None),
    notation=_searchsorted_on_paper,
)


@provides("searchsorted", np.searchsorted)
def searchsorted(
    a: Operand, v: Operand, side: str = "left", sorter: Operand | None = None
) -> Tensor:
    """How many entries of a sorted vector are below v, or not above it if side is "right".

    >>> searchsorted([1.0, 2.0, 3.0], 2.0)
    Tensor(1, dtype=int64)
    """
    x = lift(a) if sorter is None else take(a, sorter)
    if x.ndim != 1:
        raise OptionError("np.searchsorted", expected="a sorted vector", got=f"shape {x.shape}")
    if side not in ("left", "right"):
        raise OptionError("np.searchsorted side", expected="'left' or 'right'", got=shown(side))
    return apply(_SEARCHSORTED, x, lift(v), side=side)
