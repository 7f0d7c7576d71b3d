"""Sliding windows over an array, and their transpose: the basis of convolution and pooling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import accumulating, apply, empty_sum, primitive
from chainrule.ops.dependence import Gathered, Scattered, flat_indices
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift
from chainrule.ops.windows.geometry import (
    Lengths,
    count_axes,
    for_each_axis,
    spanned_lengths,
    split_axes,
    window_counts,
)

__all__ = ["fold", "unfold"]


def _unfold(x: Array, size: Lengths, stride: Lengths, dilation: Lengths) -> Array:
    k = len(size)
    spans = spanned_lengths((1,) * k, size, stride, dilation)
    view = np.lib.stride_tricks.sliding_window_view(x, spans, tuple(range(x.ndim - k, x.ndim)))
    return view[(..., *(slice(None, None, step) for step in (*stride, *dilation)))]


def _unfold_shape(spec: Spec, size: Lengths, stride: Lengths, dilation: Lengths) -> Spec:
    rest, last = split_axes(spec.shape, len(size))
    count = window_counts(last, size, stride, dilation)
    return Spec((*rest, *count, *size), spec.dtype)


def _unfold_vjp(g: Tensor, y: Tensor, x: Tensor, size: Lengths, **steps: Lengths) -> Tensor:
    return apply(_FOLD, g, size=size, **steps, length=split_axes(x.shape, len(size))[1])


_UNFOLD = primitive(
    "unfold",
    _unfold,
    shape=_unfold_shape,
    vjp=(_unfold_vjp,),
    dependence=Gathered(_unfold),
    complex=True,
)


@provides("unfold")
def unfold(
    x: Operand,
    size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Return all windows over the last axes of x: each becomes an axis of windows and one inside.

    y[…, o, k] = x[…, o·stride + k·dilation],  and likewise over several axes at once

    x is (…, N), y is (…, O, K) with K = `size` and O = ⌊(N − dilation·(K − 1) − 1) / stride⌋ + 1;
    for two axes (…, N, M) becomes (…, O, P, K, L).  `size` is a number for one axis, else a number
    for each.  An entry in several windows gets the sum of their gradients, as `fold` computes it.

    Raises OptionError for settings below 1, and ShapeError if no window fits.

    >>> import numpy as np, chainrule as cr
    >>> cr.unfold(np.arange(5.0), 3, stride=2)
    Tensor([[0., 1., 2.],
            [2., 3., 4.]])
    """
    x = lift(x)
    axes = count_axes("unfold size", size)
    return apply(
        _UNFOLD,
        x,
        size=for_each_axis("unfold size", size, axes, 1),
        stride=for_each_axis("unfold stride", stride, axes, 1),
        dilation=for_each_axis("unfold dilation", dilation, axes, 1),
    )


def _window_slices(
    count: Lengths, size: Lengths, stride: Lengths, dilation: Lengths
) -> Iterator[Any]:
    """For each position in a window, the slice of the array with that entry of every window."""
    for position in product(*map(range, size)):
        starts = [k * d for k, d in zip(position, dilation, strict=True)]
        parts = zip(starts, count, stride, strict=True)
        yield position, tuple(slice(a, a + (o - 1) * s + 1, s) for a, o, s in parts)


def _fold(g: Array, size: Lengths, stride: Lengths, dilation: Lengths, length: Lengths) -> Array:
    k = len(size)
    rest, _ = split_axes(g.shape, 2 * k)
    out = empty_sum((*rest, *length), accumulating(g.dtype))
    for position, where in _window_slices(g.shape[-2 * k : -k], size, stride, dilation):
        out[(..., *where)] += g[(..., *position)]
    return out


def _fold_shape(
    spec: Spec, size: Lengths, stride: Lengths, dilation: Lengths, length: Lengths
) -> Spec:
    count = window_counts(length, size, stride, dilation)
    rest, windows = split_axes(spec.shape, 2 * len(size))
    if windows != (*count, *size):
        raise misfit(f"windows (…, {', '.join(map(str, (*count, *size)))}) to fill {length}")
    return Spec((*rest, *length), accumulating(spec.dtype))


def _fold_vjp(h: Tensor, y: Tensor, g: Tensor, length: Lengths, **windows: Lengths) -> Tensor:
    return apply(_UNFOLD, h, **windows)


def _fold_targets(
    g: Array, size: Lengths, stride: Lengths, dilation: Lengths, length: Lengths
) -> list[Array]:
    rest, _ = split_axes(g.shape, 2 * len(size))
    return [_unfold(flat_indices((*rest, *length)), size, stride, dilation)]


_FOLD = primitive(
    "fold",
    _fold,
    shape=_fold_shape,
    vjp=(_fold_vjp,),
    dependence=Scattered(_fold_targets),
    complex=True,
)


@provides("fold")
def fold(
    g: Operand,
    length: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Add windows to the entries that `unfold` copied them from: its transpose.

    y[…, n] = Σ g[…, o, k]  over all o, k with  o·stride + k·dilation = n

    g is (…, O, K), y is (…, N) with N = `length`, a number for each windowed axis.

    Raises OptionError for settings below 1, and ShapeError if the windows do not fill y.

    >>> import numpy as np, chainrule as cr
    >>> cr.fold(np.ones((2, 3)), 5, stride=2)
    Tensor([1., 1., 2., 1., 1.])
    """
    g = lift(g)
    axes = count_axes("fold length", length)
    if g.ndim < 2 * axes:
        raise ShapeError("fold", expected=f"at least {2 * axes} axes", got=f"shape {g.shape}")
    return apply(
        _FOLD,
        g,
        size=split_axes(g.shape, axes)[1],
        stride=for_each_axis("fold stride", stride, axes, 1),
        dilation=for_each_axis("fold dilation", dilation, axes, 1),
        length=for_each_axis("fold length", length, axes, 1),
    )
