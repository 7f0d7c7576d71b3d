"""Cumulative sums."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Spec
from chainrule.ops.define import accumulating, apply, normal_axes, primitive
from chainrule.ops.dependence import AlongAxis
from chainrule.ops.registry import provides
from chainrule.ops.shapes import reshape
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["cumsum"]

_CUMSUM = primitive(
    "cumsum",
    lambda x, axis: np.cumsum(x, axis),
    shape=lambda spec, axis: Spec(spec.shape, accumulating(spec.dtype)),
    vjp=(lambda g, y, x, axis: _reversed(cumsum(_reversed(g, axis), axis), axis),),
    dependence=AlongAxis(lambda yi, yj, same: 1.0, running=True),
)


def _reversed(x: Tensor, axis: int) -> Tensor:
    return x[(slice(None),) * axis + (slice(None, None, -1),)]


@provides("cumsum", np.cumsum)
def cumsum(x: Operand, axis: int | None = None) -> Tensor:
    """Cumulative sum along an axis, or of all entries; the gradient is summed from the end.

    >>> import chainrule as cr
    >>> cr.cumsum([1.0, 2.0, 3.0])
    Tensor([1., 3., 6.])
    """
    x = lift(x)
    if axis is None:
        x, axis = reshape(x, -1), 0
    (position,) = normal_axes(axis, x.ndim, "cumsum")
    return apply(_CUMSUM, x, axis=position)
