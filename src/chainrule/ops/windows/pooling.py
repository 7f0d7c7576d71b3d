"""Pooling: reduces each window to one number."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from chainrule.arguments import shown, truth
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.reductions import max, mean, sum
from chainrule.ops.registry import provides
from chainrule.ops.shapes import pad
from chainrule.ops.tensor import Operand, Tensor, lift
from chainrule.ops.windows.geometry import Lengths, count_axes, for_each_axis, spanned_lengths
from chainrule.ops.windows.unfold import unfold

__all__ = ["Setting", "avg_pool", "max_pool", "pooled_axes"]

Setting = int | Sequence[int]


def pooled_axes(x: Tensor, size: Setting, name: str, setting: str = "size") -> int:
    """Return how many axes are pooled, one for each number.  Raises ShapeError if x has fewer."""
    axes = count_axes(f"{name} {setting}", size)
    if x.ndim < axes:
        raise ShapeError(name, expected=f"at least {axes} axes to pool", got=f"shape {x.shape}")
    return axes


def _edges(
    name: str,
    last: Lengths,
    size: Lengths,
    stride: Lengths,
    padding: Lengths,
    dilation: Lengths,
    ceil: bool,
) -> list[tuple[int, int]]:
    """Return the padding before and after each axis.

    With `ceil`, a last window may extend beyond the end if it starts before it.
    """
    spans = spanned_lengths((1,) * len(size), size, stride, dilation)
    if any(2 * p > m for m, p in zip(spans, padding, strict=True)):
        raise OptionError(
            f"{name} padding",
            expected=f"at most half of what a window spans, {' × '.join(map(str, spans))}",
            got=shown(padding),
            remedy="windows of nothing but padding have no maximum and no mean",
        )
    edges: list[tuple[int, int]] = []
    for n, m, s, p in zip(last, spans, stride, padding, strict=True):
        last_start = n + 2 * p - m
        count = (-(-last_start // s) if ceil else last_start // s) + 1
        count -= ceil and (count - 1) * s >= n + p
        beyond = (count - 1) * s - last_start
        edges.append((p, p + beyond if beyond > 0 else p))
    return edges


def _padded(x: Tensor, edges: list[tuple[int, int]], fill: float) -> Tensor:
    if not any(map(any, edges)):
        return x
    return pad(x, [(0, 0)] * (x.ndim - len(edges)) + edges, constant_values=fill)


def _window_axes(axes: int) -> tuple[int, ...]:
    return tuple(range(-axes, 0))


@provides("max_pool")
def max_pool(
    x: Operand,
    size: Setting,
    stride: Setting | None = None,
    padding: Setting = 0,
    dilation: Setting = 1,
    *,
    ceil: bool = False,
) -> Tensor:
    """Maximum of each window over the last axes; the largest entry alone gets the gradient.

    y[…, o] = max over k of x[…, o·stride + k·dilation − padding]

    x is (…, N …), with as many windowed axes as `size` has numbers; `stride` defaults to `size`.
    The padding is the lowest number of x's dtype, so it is never the maximum.  `ceil` allows a last
    window that extends beyond the end.  At a tie, the largest entries share the gradient, as in
    `max`.

    Raises ShapeError if no window fits, and OptionError for settings out of range.

    >>> import numpy as np, chainrule as cr
    >>> cr.max_pool(np.array([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([3., 2.])

    Zhou and Chellappa, "Computation of optical flow using a neural network", 1988.
    """
    x = lift(x)
    axes = pooled_axes(x, size, "max_pool")
    size = for_each_axis("max_pool size", size, axes, 1)
    stride = size if stride is None else for_each_axis("max_pool stride", stride, axes, 1)
    padding = for_each_axis("max_pool padding", padding, axes, 0)
    dilation = for_each_axis("max_pool dilation", dilation, axes, 1)
    ceil = truth("max_pool ceil", ceil)
    edges = _edges("max_pool", x.shape[x.ndim - axes :], size, stride, padding, dilation, ceil)
    lowest = 0 if x.dtype == bool else (np.finfo if x.dtype.kind in "fc" else np.iinfo)(x.dtype).min
    return max(unfold(_padded(x, edges, float(lowest)), size, stride, dilation), _window_axes(axes))


@provides("avg_pool")
def avg_pool(
    x: Operand,
    size: Setting,
    stride: Setting | None = None,
    padding: Setting = 0,
    *,
    ceil: bool = False,
    count_padding: bool = True,
) -> Tensor:
    """Mean of each window over the last axes: ∂y/∂x is 1/n for each of a window's n entries.

    x is (…, N …), with as many windowed axes as `size` has numbers; `stride` defaults to `size`.
    The padding is zeros, which are counted in n only with `count_padding`; what `ceil` adds beyond
    the padding is never counted.

    Raises ShapeError if no window fits, and OptionError for settings out of range.

    >>> import numpy as np, chainrule as cr
    >>> cr.avg_pool(np.array([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([2., 1.])
    """
    x = lift(x)
    axes = pooled_axes(x, size, "avg_pool")
    size = for_each_axis("avg_pool size", size, axes, 1)
    stride = size if stride is None else for_each_axis("avg_pool stride", stride, axes, 1)
    padding = for_each_axis("avg_pool padding", padding, axes, 0)
    ceil = truth("avg_pool ceil", ceil)
    last, ones = x.shape[x.ndim - axes :], (1,) * axes
    edges = _edges("avg_pool", last, size, stride, padding, ones, ceil)
    windows = unfold(_padded(x, edges, 0.0), size, stride)
    counted = np.ones(last)
    if truth("avg_pool count_padding", count_padding):
        counted = np.pad(counted, [(p, p) for p in padding], constant_values=1)
        edges = [(0, after - p) for (_, after), p in zip(edges, padding, strict=True)]
    counts = unfold(np.pad(counted, edges), size, stride).value.sum(_window_axes(axes))
    if (counts == math.prod(size)).all():
        return mean(windows, _window_axes(axes))
    return sum(windows, _window_axes(axes)) * (1.0 / counts).astype(x.dtype)
