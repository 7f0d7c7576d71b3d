"""Differences of neighbours, derivatives on a grid, integrals by trapezoids, angles unwrapped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from chainrule.arguments import whole_number
from chainrule.errors import OptionError, ShapeError
from chainrule.ops import elementwise
from chainrule.ops.define import floating, normal_axis
from chainrule.ops.elementwise import equal, greater, less, logical_and, mod, where
from chainrule.ops.movement.gather import flat
from chainrule.ops.reductions import cumsum, sum
from chainrule.ops.registry import provides
from chainrule.ops.shapes import broadcast_to, concatenate, reshape
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["diff", "ediff1d", "gradient", "trapezoid", "unwrap"]


def _cut(x: Tensor, axis: int, start: int | None, stop: int | None) -> Tensor:
    return x[(slice(None),) * axis + (slice(start, stop),)]


@provides("diff", np.diff)
def diff(
    a: Operand,
    n: int = 1,
    axis: int = -1,
    prepend: Operand | None = None,
    append: Operand | None = None,
) -> Tensor:
    """Differences xᵢ₊₁ − xᵢ of neighbours along an axis, n times.

    Of truth values, whether neighbours differ.

    >>> diff([1.0, 4.0, 9.0])
    Tensor([3., 5.])
    """
    x, times = lift(a), whole_number("np.diff n", n, 0)
    if not times:
        return x
    if not x.ndim:
        raise ShapeError("np.diff", expected="an array of one or more axes", got="shape ()")
    position = normal_axis(axis, x.ndim, "np.diff")
    edges = [_edge(edge, x, position) for edge in (prepend, append)]
    parts = [part for part in (edges[0], x, edges[1]) if part is not None]
    x = concatenate(parts, position) if len(parts) > 1 else x
    for _ in range(times):
        after, before = _cut(x, position, 1, None), _cut(x, position, None, -1)
        x = elementwise.not_equal(after, before) if x.dtype.kind == "b" else after - before
    return x


def _edge(edge: Operand | None, x: Tensor, axis: int) -> Tensor | None:
    if edge is None:
        return None
    found = lift(edge)
    lengths = [1 if i == axis else n for i, n in enumerate(x.shape)]
    return broadcast_to(found, lengths) if found.ndim == 0 else found


@provides("ediff1d", np.ediff1d)
def ediff1d(ary: Operand, to_end: Operand | None = None, to_begin: Operand | None = None) -> Tensor:
    """Differences of neighbours in the flattened array, with numbers before and behind them.

    >>> ediff1d([1.0, 4.0, 9.0], to_begin=0.0)
    Tensor([0., 3., 5.])
    """
    x = flat(ary)
    found = x[1:] - x[:-1]
    before, behind = ([] if e is None else [flat(e).astype(x.dtype)] for e in (to_begin, to_end))
    return concatenate([*before, found, *behind]) if before or behind else found


@provides("gradient", np.gradient)
def gradient(f: Operand, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Derivatives along axes by differences: central ones within, one-sided ones at the edges.

    `varargs` are the distances between points, or their coordinates, one for all axes or for each.

    >>> gradient([1.0, 4.0, 9.0, 16.0])
    Tensor([3., 4., 6., 7.])
    """
    x = lift(f)
    x = x.astype(floating(x.dtype))
    given = range(x.ndim) if axis is None else axis
    several = cast("Sequence[int]", given if isinstance(given, (tuple, range)) else (given,))
    axes = [normal_axis(one, x.ndim, "np.gradient") for one in several]
    spacings = list(varargs) or [1.0]
    if len(spacings) == 1 and lift(spacings[0]).ndim == 0:
        spacings = spacings * len(axes)
    if len(spacings) != len(axes):
        expected = f"one distance, or one for each of {len(axes)} axes"
        raise OptionError("np.gradient", expected=expected, got=f"{len(varargs)}")
    order = whole_number("np.gradient edge_order", edge_order, 1)
    if order > 2:
        raise OptionError("np.gradient edge_order", expected="1 or 2", got=f"{order}")
    found = [_slopes(x, one, h, order) for one, h in zip(axes, spacings, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _slopes(x: Tensor, axis: int, spacing: Any, order: int) -> Tensor:
    n, h = x.shape[axis], lift(spacing)
    h = h.astype(floating(h.dtype)) if h.ndim or isinstance(spacing, Tensor) else h.astype(x.dtype)
    if n <= order:
        expected = f"{order + 1} or more points along axis {axis}"
        raise ShapeError("np.gradient", expected=expected, got=f"{n}")
    if h.ndim > 1 or (h.ndim and h.size != n):
        expected = f"a distance, or {n} coordinates for axis {axis}"
        raise ShapeError("np.gradient", expected=expected, got=f"shape {h.shape}")

    def point(i: int) -> Tensor:
        return _cut(x, axis, i, i + 1 or None)

    gaps = h[1:] - h[:-1] if h.ndim else None
    one, two = (gaps[0], gaps[min(1, n - 2)]) if gaps is not None else (h, h)
    first = _edge_slope([point(i) for i in range(order + 1)], one, two)
    one, two = (gaps[-1], gaps[max(-2, 1 - n)]) if gaps is not None else (h, h)
    last = _edge_slope([point(-1 - i) for i in range(order + 1)], -one, -two)
    before, here, after = (_cut(x, axis, a, b) for a, b in ((None, -2), (1, -1), (2, None)))
    if gaps is None:
        within = (after - before) / (2.0 * h)
    else:
        lengths = [-1 if i == axis else 1 for i in range(x.ndim)]
        left, right = reshape(gaps[:-1], lengths), reshape(gaps[1:], lengths)
        # the derivative of the parabola through three points
        within = ((after - here) * (left / right) + (here - before) * (right / left)) / (
            left + right
        )
    return concatenate([first, within, last], axis)


def _edge_slope(points: list[Tensor], h: Tensor, further: Tensor) -> Tensor:
    """The slope at the first of two points, or that of the parabola through three."""
    slope = (points[1] - points[0]) / h
    if len(points) == 2:
        return slope
    next_slope = (points[2] - points[1]) / further
    return slope - (next_slope - slope) * (h / (h + further))


@provides("trapezoid", np.trapezoid)
def trapezoid(y: Operand, x: Operand | None = None, dx: Operand = 1.0, axis: int = -1) -> Tensor:
    """The integral by trapezoids, Σ (xᵢ₊₁ − xᵢ)·(yᵢ + yᵢ₊₁) / 2, along an axis.

    >>> trapezoid([1.0, 2.0, 4.0], dx=2.0)
    Tensor(9.0)
    """
    y = lift(y)
    position = normal_axis(axis, y.ndim, "np.trapezoid")
    widths: Any = dx
    if x is not None:
        x = lift(x)
        widths = diff(x, axis=position if x.ndim > 1 else 0)
        if x.ndim == 1:
            widths = reshape(widths, [-1 if i == position else 1 for i in range(y.ndim)])
    heights = _cut(y, position, 1, None) + _cut(y, position, None, -1)
    return sum(widths * heights / 2.0, position)


@provides("unwrap", np.unwrap)
def unwrap(
    p: Operand, discont: float | None = None, axis: int = -1, period: Operand = 2 * np.pi
) -> Tensor:
    """Angles with multiples of the period added, so that neighbours are close; the slope is 1.

    >>> unwrap([0.0, 3.0, 6.0, 9.0 - 2 * np.pi])
    Tensor([0., 3., 6., 9.])
    """
    x = lift(p)
    x = x.astype(floating(x.dtype))
    position = normal_axis(axis, x.ndim, "np.unwrap")
    high = period / 2 if isinstance(period, (int, float)) else lift(period) / 2.0
    steps = diff(x, axis=position)
    within = mod(steps + high, period) - high
    at_end = logical_and(equal(within, -high), greater(steps, 0))
    change = where(at_end, high, within) - steps
    small = less(elementwise.abs(steps), high if discont is None else discont)
    change = where(small, np.zeros((), x.dtype), change)
    moved = _cut(x, position, 1, None) + cumsum(change, position)
    return concatenate([_cut(x, position, None, 1), moved], position)
