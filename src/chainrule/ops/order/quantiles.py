"""Medians, quantiles and percentiles: between which two sorted entries they lie, and how far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.arguments import truth
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.define import floating, normal_axes
from chainrule.ops.elementwise import equal, floor, minimum
from chainrule.ops.movement.gather import asked, plain
from chainrule.ops.movement.selections import take_along_axis
from chainrule.ops.order.sorting import in_order
from chainrule.ops.reductions import mean, sum
from chainrule.ops.registry import provides
from chainrule.ops.shapes import reshape, stack, transpose
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile"]

DISCRETE = ("inverted_cdf", "closest_observation", "lower", "higher", "nearest")
"""The methods whose results are entries, so that integers stay integers."""


def _lines(name: str, a: Operand, axis: Axis) -> tuple[Tensor, tuple[int, ...]]:
    """The entries along the axes as one last axis, and the shape with length 1 in their place."""
    x = lift(a)
    axes = normal_axes(axis, x.ndim, name)
    order = (*(i for i in range(x.ndim) if i not in axes), *axes)
    if not x.size:
        raise ShapeError(name, expected="at least one entry", got=f"shape {x.shape}")
    lines = x if order == (*range(x.ndim),) else transpose(x, order)
    if len(axes) != 1:
        lines = reshape(lines, (*lines.shape[: x.ndim - len(axes)], -1))
    return lines, tuple(1 if i in axes else n for i, n in enumerate(x.shape))


@provides("median", np.median)
def median(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The middle entry in ascending order, or the mean of the two in the middle.

    >>> median([3.0, 1.0, 2.0, 7.0])
    Tensor(2.5)
    """
    x, kept = _lines("np.median", a, axis)
    n = x.shape[-1]
    ordered = in_order(x, x.ndim - 1, nan="everywhere")
    if n % 2:
        found = ordered[..., n // 2].astype(floating(x.dtype))
    else:
        found = mean(ordered[..., n // 2 - 1 : n // 2 + 1], -1)
    return reshape(found, kept) if truth("np.median keepdims", keepdims) else found


@provides("quantile", np.quantile)
def quantile(
    a: Operand, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """The entry below which the share q of the entries lies, between two entries by `method`.

    Its gradient goes to these two entries; with method "linear", q gets one, too.

    >>> quantile([3.0, 1.0, 2.0], 0.75)
    Tensor(2.5)
    """
    return _quantile("np.quantile", np.quantile, a, q, axis, method, keepdims)


@provides("percentile", np.percentile)
def percentile(
    a: Operand, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """The quantile at q percent.

    >>> percentile([3.0, 1.0, 2.0], 75)
    Tensor(2.5)
    """
    return _quantile("np.percentile", np.percentile, a, q, axis, method, keepdims)


def _quantile(
    name: str,
    function: Callable[..., Any],
    a: Operand,
    q: Any,
    axis: Axis,
    method: str,
    keepdims: bool,
) -> Tensor:
    x, kept = _lines(name, a, axis)
    n = x.shape[-1]
    if isinstance(q, Tensor) and q.spec.differentiable and method == "linear":
        ordered = in_order(x.astype(floating(x.dtype)), x.ndim - 1, nan="everywhere")
        share = q / 100.0 if function is np.percentile else q
        return _linear(name, ordered, lift(np.full(x.shape[:-1], n)), share, kept, keepdims)
    # NumPy itself says between which entries: the quantiles of 0, 1, 2, … are places
    places = np.asarray(asked(function, np.arange(n), q=plain(q), method=method))
    below = np.floor(places).astype(np.intp)
    share = places - below
    ordered = in_order(x, x.ndim - 1, nan="everywhere")
    if method not in DISCRETE:
        ordered = ordered.astype(floating(x.dtype))
    found = ordered[..., below]
    if share.any():
        above = ordered[..., np.minimum(below + 1, n - 1)]
        found = found + (above - found) * share.astype(ordered.dtype)
    return _in_front(found, places.ndim, kept if truth(f"{name} keepdims", keepdims) else None)


def _in_front(found: Tensor, axes: int, kept: tuple[int, ...] | None) -> Tensor:
    """The last axes, those of q, in front; the reduced axes back with length 1 if `kept`."""
    rest = found.ndim - axes
    if axes and rest:
        found = transpose(found, (*range(rest, found.ndim), *range(rest)))
    return found if kept is None else reshape(found, (*found.shape[:axes], *kept))


@provides("nanmedian", np.nanmedian)
def nanmedian(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The median of the entries that are not nan.

    >>> nanmedian([3.0, np.nan, 1.0])
    Tensor(2.0)
    """
    x, kept = _lines("np.nanmedian", a, axis)
    ordered, count = _present(x)
    middle = [_entry(ordered, (count - 1) // 2), _entry(ordered, count // 2)]
    found = mean(stack(middle, -1), -1)
    return reshape(found, kept) if truth("np.nanmedian keepdims", keepdims) else found


def _present(x: Tensor) -> tuple[Tensor, Tensor]:
    """The entries in ascending order with those that are nan behind; how many are not."""
    return in_order(x, x.ndim - 1), sum(equal(x, x).astype(np.intp), -1)


def _entry(ordered: Tensor, index: Tensor) -> Tensor:
    """The entry with its own index in each line; −1 is the last, nan where all are."""
    return take_along_axis(ordered, index[..., None], -1)[..., 0]


@provides("nanquantile", np.nanquantile)
def nanquantile(
    a: Operand, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """The quantile of the entries that are not nan; only the method "linear" is recorded.

    >>> nanquantile([3.0, np.nan, 1.0], 0.25)
    Tensor(1.5)
    """
    return _nanquantile("np.nanquantile", a, lift(q), axis, method, keepdims)


@provides("nanpercentile", np.nanpercentile)
def nanpercentile(
    a: Operand, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """The quantile at q percent of the entries that are not nan.

    >>> nanpercentile([3.0, np.nan, 1.0], 25)
    Tensor(1.5)
    """
    return _nanquantile("np.nanpercentile", a, lift(q) / 100.0, axis, method, keepdims)


def _nanquantile(
    name: str, a: Operand, q: Tensor, axis: Axis, method: str, keepdims: bool
) -> Tensor:
    if method != "linear":
        raise OptionError(f"{name} method", expected="'linear'", got=repr(method))
    x, kept = _lines(name, a, axis)
    ordered, count = _present(x.astype(floating(x.dtype)))
    return _linear(name, ordered, count, q, kept, keepdims)


def _linear(
    name: str,
    ordered: Tensor,
    count: Tensor,
    q: Tensor,
    kept: tuple[int, ...],
    keepdims: bool,
) -> Tensor:
    """Where the shares q of the first `count` entries of each line end, between two entries."""
    shares, dtype = reshape(q, -1), ordered.dtype
    found: list[Tensor] = []
    for k in range(shares.size):
        place = shares[k].astype(dtype) * (count - 1).astype(dtype)
        start = floor(place)
        index = start.astype(np.intp)
        below, above = _entry(ordered, index), _entry(ordered, minimum(index + 1, count - 1))
        found.append(below + (above - below) * (place - start))
    stacked = reshape(stack(found, -1), (*ordered.shape[:-1], *q.shape))
    return _in_front(stacked, q.ndim, kept if truth(f"{name} keepdims", keepdims) else None)
