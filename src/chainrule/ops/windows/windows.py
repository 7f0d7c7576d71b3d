"""Windows: the stretches of an array that convolution and pooling look at, and their transpose."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Array, Spec
from chainrule.ops.define import accumulating, apply, primitive
from chainrule.ops.define.entries import Moved, Scattered
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["fold", "lengths", "one_each", "unfold", "window_counts"]

Lengths = tuple[int, ...]


def one_each(name: str, setting: int | Sequence[int], axes: int, least: int) -> Lengths:
    """A setting for each windowed axis: one number for all of them, or a sequence.

    Raises OptionError for another count, and for numbers below `least`.
    """
    given = (setting,) * axes if isinstance(setting, (int, np.integer)) else tuple(setting)
    if len(given) != axes or any(int(n) != n or n < least for n in given):
        raise OptionError(
            name,
            expected=f"a whole number from {least} up, or {axes} of them, one for each axis",
            got=repr(setting),
        )
    return tuple(int(n) for n in given)


def lengths(count: Lengths, size: Lengths, stride: Lengths, dilation: Lengths) -> Lengths:
    """Entries from the first one that `count` windows see to the last, by axis."""
    parts = zip(count, size, stride, dilation, strict=True)
    return tuple((o - 1) * s + d * (k - 1) + 1 for o, k, s, d in parts)


def window_counts(
    name: str, length: Lengths, size: Lengths, stride: Lengths, dilation: Lengths
) -> Lengths:
    """How many windows fit, by axis.  Raises ShapeError where not even one does."""
    spans = lengths((1,) * len(size), size, stride, dilation)
    if len(length) < len(size) or any(n < m for n, m in zip(length, spans, strict=True)):
        raise ShapeError(
            name,
            expected=f"at least {' × '.join(map(str, spans))} entries, what one window spans",
            got=" × ".join(map(str, length)),
            remedy="pad the input or make the window smaller",
        )
    return tuple((n - m) // s + 1 for n, m, s in zip(length, spans, stride, strict=True))


def _split(spec: Spec, axes: int) -> tuple[Lengths, Lengths]:
    return spec.shape[: len(spec.shape) - axes], spec.shape[len(spec.shape) - axes :]


def _unfold(x: Array, size: Lengths, stride: Lengths, dilation: Lengths) -> Array:
    k = len(size)
    spans = lengths((1,) * k, size, stride, dilation)
    view = np.lib.stride_tricks.sliding_window_view(x, spans, tuple(range(x.ndim - k, x.ndim)))
    return view[(..., *(slice(None, None, step) for step in (*stride, *dilation)))]


def _unfolded(spec: Spec, size: Lengths, stride: Lengths, dilation: Lengths) -> Spec:
    rest, last = _split(spec, len(size))
    count = window_counts("unfold", last, size, stride, dilation)
    return Spec((*rest, *count, *size), spec.dtype)


def _unfold_vjp(
    g: Tensor, y: Tensor, x: Tensor, size: Lengths, stride: Lengths, dilation: Lengths
) -> Tensor:
    last = x.shape[x.ndim - len(size) :]
    return apply(_FOLD, g, size=size, stride=stride, dilation=dilation, length=last)


_UNFOLD = primitive("unfold", _unfold, shape=_unfolded, vjp=(_unfold_vjp,), entries=Moved(_unfold))


@provides("unfold")
def unfold(
    x: Operand,
    size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Every window over the last axes of x: one axis to count them and one inside, for each.

    y[…, o, k] = x[…, o·stride + k·dilation],  and likewise over several axes at once

    x is (…, N), y is (…, O, K) with K = `size` and O = ⌊(N − dilation·(K − 1) − 1) / stride⌋ + 1;
    for two axes (…, N, M) becomes (…, O, P, K, L).  `size` says how many axes there are: a number
    is one.  An entry seen by several windows gets the sum of their gradients, as `fold` makes it.

    Raises OptionError for settings below 1, ShapeError where no window fits.

    >>> import numpy as np, chainrule as cr
    >>> cr.unfold(np.arange(5.0), 3, stride=2)
    Tensor([[0., 1., 2.],
            [2., 3., 4.]])
    """
    x = lift(x)
    axes = 1 if isinstance(size, int) else len(size)
    return apply(
        _UNFOLD,
        x,
        size=one_each("unfold size", size, axes, 1),
        stride=one_each("unfold stride", stride, axes, 1),
        dilation=one_each("unfold dilation", dilation, axes, 1),
    )


def _places(count: Lengths, size: Lengths, stride: Lengths, dilation: Lengths) -> Iterator[Any]:
    """For each place in a window, where all windows have it in the array."""
    for place in product(*map(range, size)):
        starts = [k * d for k, d in zip(place, dilation, strict=True)]
        parts = zip(starts, count, stride, strict=True)
        yield place, tuple(slice(a, a + (o - 1) * s + 1, s) for a, o, s in parts)


def _added(g: Array, out: Array, size: Lengths, stride: Lengths, dilation: Lengths) -> Array:
    k = len(size)
    for place, where in _places(g.shape[-2 * k : -k], size, stride, dilation):
        out[(..., *where)] += g[(..., *place)]
    return out


def _fold(g: Array, size: Lengths, stride: Lengths, dilation: Lengths, length: Lengths) -> Array:
    shape = (*g.shape[: g.ndim - 2 * len(size)], *length)
    return _added(g, np.zeros(shape, accumulating(g.dtype)), size, stride, dilation)


def _fold_formulas(
    g: Array, size: Lengths, stride: Lengths, dilation: Lengths, length: Lengths
) -> Array:
    shape = (*g.shape[: g.ndim - 2 * len(size)], *length)
    return _added(g, np.full(shape, 0.0, object), size, stride, dilation)


def _folded(spec: Spec, size: Lengths, stride: Lengths, dilation: Lengths, length: Lengths) -> Spec:
    count = window_counts("fold", length, size, stride, dilation)
    rest, windows = _split(spec, 2 * len(size))
    if windows != (*count, *size):
        raise ShapeError(
            "fold",
            expected=f"windows (…, {', '.join(map(str, (*count, *size)))}) to fill {length}",
            got=f"{spec.shape}",
        )
    return Spec((*rest, *length), accumulating(spec.dtype))


def _fold_vjp(
    h: Tensor,
    y: Tensor,
    g: Tensor,
    size: Lengths,
    stride: Lengths,
    dilation: Lengths,
    length: Lengths,
) -> Tensor:
    return apply(_UNFOLD, h, size=size, stride=stride, dilation=dilation)


def _landing(g: Array, size: Lengths, stride: Lengths, dilation: Lengths, length: Lengths) -> Array:
    shape = (*g.shape[: g.ndim - 2 * len(size)], *length)
    return _unfold(np.arange(math.prod(shape)).reshape(shape), size, stride, dilation)


_FOLD = primitive(
    "fold",
    _fold,
    shape=_folded,
    vjp=(_fold_vjp,),
    notation=_fold_formulas,
    entries=Scattered(_landing),
)


@provides("fold")
def fold(
    g: Operand,
    length: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Windows added back where `unfold` took them from: its transpose.

    y[…, n] = Σ g[…, o, k]  over all o, k with  o·stride + k·dilation = n

    g is (…, O, K), y is (…, N) with N = `length`, a number for each windowed axis.

    Raises OptionError for settings below 1, ShapeError for windows of other counts than these.

    >>> import numpy as np, chainrule as cr
    >>> cr.fold(np.ones((2, 3)), 5, stride=2)
    Tensor([1., 1., 2., 1., 1.])
    """
    g = lift(g)
    axes = 1 if isinstance(length, int) else len(length)
    if g.ndim < 2 * axes:
        raise ShapeError("fold", expected=f"at least {2 * axes} axes", got=f"shape {g.shape}")
    return apply(
        _FOLD,
        g,
        size=g.shape[g.ndim - axes :],
        stride=one_each("fold stride", stride, axes, 1),
        dilation=one_each("fold dilation", dilation, axes, 1),
        length=one_each("fold length", length, axes, 1),
    )
