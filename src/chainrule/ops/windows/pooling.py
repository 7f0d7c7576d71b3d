"""Pooling: one number for each window."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Array
from chainrule.ops.linalg import matmul
from chainrule.ops.reductions.reduce import max, mean, sum
from chainrule.ops.registry import provides
from chainrule.ops.shapes.shape import pad, swapaxes
from chainrule.ops.tensor import Operand, Tensor, lift
from chainrule.ops.windows.windows import Lengths, lengths, one_each, unfold

__all__ = ["adaptive_avg_pool", "avg_pool", "max_pool"]

Setting = int | Sequence[int]


def _axes(x: Tensor, size: Setting, name: str) -> int:
    axes = 1 if isinstance(size, (int, np.integer)) else len(size)
    if x.ndim < axes:
        raise ShapeError(name, expected=f"at least {axes} axes to pool", got=f"shape {x.shape}")
    return axes


def _edges(
    last: Lengths, size: Lengths, stride: Lengths, padding: Lengths, dilation: Lengths, ceil: bool
) -> list[tuple[int, int]]:
    """Padding before and after each axis.

    With `ceil` a last window may reach beyond the end, if it starts before it.
    """
    spans = lengths((1,) * len(size), size, stride, dilation)
    edges: list[tuple[int, int]] = []
    for n, m, s, p in zip(last, spans, stride, padding, strict=True):
        room = n + 2 * p - m
        count = (-(-room // s) if ceil else room // s) + 1
        count -= ceil and (count - 1) * s >= n + p
        beyond = (count - 1) * s - room
        edges.append((p, p + beyond if beyond > 0 else p))
    return edges


def _padded(x: Tensor, edges: list[tuple[int, int]], fill: float) -> Tensor:
    if not any(map(any, edges)):
        return x
    return pad(x, [(0, 0)] * (x.ndim - len(edges)) + edges, constant_values=fill)


def _inside(axes: int) -> tuple[int, ...]:
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
    """The largest entry of each window over the last axes; it alone gets the window's gradient.

    y[…, o] = max over k of x[…, o·stride + k·dilation − padding]

    x is (…, N …), with as many windowed axes as `size` has numbers; `stride` is `size` unless
    given.  Padding never wins: it is the lowest number of x's dtype.  `ceil` allows a last window
    that reaches beyond the end.  At a tie the largest entries share the gradient, as in `max`.

    Raises ShapeError where no window fits, OptionError for settings out of range.

    >>> import numpy as np, chainrule as cr
    >>> cr.max_pool(np.array([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([3., 2.])

    Zhou and Chellappa, "Computation of optical flow using a neural network", 1988.
    """
    x = lift(x)
    axes = _axes(x, size, "max_pool")
    size = one_each("max_pool size", size, axes, 1)
    stride = size if stride is None else one_each("max_pool stride", stride, axes, 1)
    padding = one_each("max_pool padding", padding, axes, 0)
    dilation = one_each("max_pool dilation", dilation, axes, 1)
    edges = _edges(x.shape[x.ndim - axes :], size, stride, padding, dilation, ceil)
    lowest = 0 if x.dtype == bool else (np.finfo if x.dtype.kind == "f" else np.iinfo)(x.dtype).min
    return max(unfold(_padded(x, edges, float(lowest)), size, stride, dilation), _inside(axes))


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
    """The mean of each window over the last axes: ∂y/∂x is 1/n for each of a window's n entries.

    x is (…, N …), with as many windowed axes as `size` has numbers; `stride` is `size` unless
    given.  Padding is zeros, which count in n or not by `count_padding`; what `ceil` adds beyond
    the padding never counts.

    Raises ShapeError where no window fits, OptionError for settings out of range.

    >>> import numpy as np, chainrule as cr
    >>> cr.avg_pool(np.array([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([2., 1.])
    """
    x = lift(x)
    axes = _axes(x, size, "avg_pool")
    size = one_each("avg_pool size", size, axes, 1)
    stride = size if stride is None else one_each("avg_pool stride", stride, axes, 1)
    padding = one_each("avg_pool padding", padding, axes, 0)
    last, ones = x.shape[x.ndim - axes :], (1,) * axes
    edges = _edges(last, size, stride, padding, ones, ceil)
    windows = unfold(_padded(x, edges, 0.0), size, stride)
    counted = np.ones(last)
    if count_padding:
        counted = np.pad(counted, [(p, p) for p in padding], constant_values=1)
        edges = [(0, after - p) for (_, after), p in zip(edges, padding, strict=True)]
    counts = unfold(np.pad(counted, edges), size, stride).value.sum(_inside(axes))
    if (counts == math.prod(size)).all():
        return mean(windows, _inside(axes))
    return sum(windows, _inside(axes)) * (1.0 / counts).astype(x.dtype)


@provides("adaptive_avg_pool")
def adaptive_avg_pool(x: Operand, outputs: Setting) -> Tensor:
    """The means of as many stretches of the last axes as asked for, whatever their length.

    yᵢ = mean of x from ⌊i·N/O⌋ up to, not with, ⌈(i + 1)·N/O⌉,  for O `outputs` from N entries

    `outputs` is a number for each pooled axis; with 1 an axis becomes its mean.  Where N is a
    multiple of O the stretches lie side by side, else they overlap.

    >>> import numpy as np, chainrule as cr
    >>> cr.adaptive_avg_pool(np.array([1.0, 3.0, 2.0, 0.0]), 1)
    Tensor([1.5])
    """
    x = lift(x)
    axes = _axes(x, outputs, "adaptive_avg_pool")
    wanted = one_each("adaptive_avg_pool outputs", outputs, axes, 1)
    last = x.shape[x.ndim - axes :]
    if all(n % o == 0 for n, o in zip(last, wanted, strict=True)):
        return avg_pool(x, tuple(n // o for n, o in zip(last, wanted, strict=True)))
    for axis, (n, o) in zip(_inside(axes), zip(last, wanted, strict=True), strict=True):
        means = _stretches(n, o).astype(x.dtype if x.dtype.kind == "f" else np.float64)
        x = swapaxes(matmul(swapaxes(x, axis, -1), means), axis, -1)
    return x


def _stretches(n: int, outputs: int) -> Array:
    """The matrix (n, outputs) whose columns take the mean of one stretch each."""
    means = np.zeros((n, outputs))
    for i in range(outputs):
        start, stop = i * n // outputs, -(-(i + 1) * n // outputs)
        means[start:stop, i] = 1.0 / (stop - start)
    return means
