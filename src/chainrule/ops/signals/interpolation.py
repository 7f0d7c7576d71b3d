"""Interpolation between given points by straight lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ShapeError
from chainrule.ops import elementwise
from chainrule.ops.define import real_only
from chainrule.ops.elementwise import greater, less, maximum, minimum, mod, where
from chainrule.ops.order.sorting import argsort, searchsorted
from chainrule.ops.registry import provides
from chainrule.ops.shapes import broadcast_to, concatenate
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["interp"]


@provides("interp", np.interp)
def interp(
    x: Operand,
    xp: Operand,
    fp: Operand,
    left: Operand | None = None,
    right: Operand | None = None,
    period: Any = None,
) -> Tensor:
    """The value at x of the polygon through the points (xp, fp), whose xp ascend.

    Beyond the points it is constant, or `left` and `right`; with a `period`, it goes on from the
    start.  At a point, the slope is that of the line on its right.  `fp` may be complex.

    >>> interp(1.5, [1.0, 2.0], [10.0, 20.0])
    Tensor(15.0)
    """
    at, xs, ys = lift(x), lift(xp), lift(fp)
    real_only("np.interp", at, xs)
    at, xs = at.astype(float), xs.astype(float)
    ys = ys.astype(complex if ys.dtype.kind == "c" else float)
    if xs.ndim != 1 or xs.shape != ys.shape or not xs.size:
        raise ShapeError(
            "np.interp",
            expected="vectors xp and fp of equal length, not empty",
            got=f"shapes {xs.shape} and {ys.shape}",
        )
    if period is not None:
        length = elementwise.abs(lift(period).astype(float))
        at, xs = mod(at, length), mod(xs, length)
        order = argsort(xs)
        xs, ys = xs[order], ys[order]
        xs = concatenate([xs[-1:] - length, xs, xs[:1] + length])
        ys = concatenate([ys[-1:], ys, ys[:1]])
        left = right = None
    low, high = xs[0], xs[-1]
    if xs.size == 1:
        found = broadcast_to(ys[0], at.shape)
    else:
        index = searchsorted(xs, at, side="right") - 1
        index = minimum(maximum(index, 0), xs.size - 2)
        start, height = xs[index], ys[index]
        slope = (ys[index + 1] - height) / (xs[index + 1] - start)
        found = height + slope * (at - start)
    before, behind = (
        end if given is None else lift(given).astype(ys.dtype)
        for end, given in ((ys[0], left), (ys[-1], right))
    )
    return where(greater(at, high), behind, where(less(at, low), before, found))
