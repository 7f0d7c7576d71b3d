"""Maximum and minimum of two operands, and clipping to an interval."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import Array, Kink
from chainrule.ops.define import apply, binary, elementwise, floating
from chainrule.ops.elementwise.comparison import where
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["clip", "maximum", "minimum"]


def _routed(g: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return g where x > y, half of it at a tie, and 0 elsewhere."""
    return where(x > y, g, where(x == y, 0.5 * g, 0.0))


@binary(
    vjp=(lambda g, z, x, y: _routed(g, x, y), lambda g, z, x, y: _routed(g, y, x)),
    numpy=(np.maximum,),
    kink=Kink(lambda x, y: x == y, "a tie: each operand of max is given half of the gradient"),
    complex=True,
)
def maximum(x: Array, y: Array) -> Array:
    """Larger of x and y.  It routes the gradient to the larger operand; at a tie, each gets half.

    >>> import chainrule as cr
    >>> cr.grad(cr.maximum, argnums=(0, 1))(2.0, -1.0), cr.grad(cr.maximum)(1.0, 1.0)
    ((1.0, 0.0), 0.5)
    """
    return np.maximum(x, y)


@binary(
    vjp=(lambda g, z, x, y: _routed(g, y, x), lambda g, z, x, y: _routed(g, x, y)),
    numpy=(np.minimum,),
    kink=Kink(lambda x, y: x == y, "a tie: each operand of min is given half of the gradient"),
    complex=True,
)
def minimum(x: Array, y: Array) -> Array:
    """Smaller of x and y.  It routes the gradient to the smaller operand; at a tie, each gets half.

    >>> import chainrule as cr
    >>> cr.grad(cr.minimum, argnums=(0, 1))(2.0, -1.0)
    (0.0, 1.0)
    """
    return np.minimum(x, y)


_CLIP = elementwise(
    "clip",
    lambda x, low, high: np.clip(x, low, high),
    vjp=(lambda g, y, x, low, high: where(x < low, 0.0, where(x > high, 0.0, g)),),
    dtype=floating,
    kink=Kink(
        lambda x, low, high: (x == low) | (x == high),
        "clip has corners at its bounds; its derivative there is taken as 1",
    ),
)


@provides("clip", np.clip)
def clip(x: Operand, low: Operand | None = None, high: Operand | None = None) -> Tensor:
    """x limited to an interval; the derivative is 1 inside it, bounds included, and 0 outside.

    Of integers, and if a bound is an array or a tensor, `minimum(maximum(x, low), high)` is
    recorded instead.

    >>> import numpy as np, chainrule as cr
    >>> cr.grad(lambda x: cr.sum(cr.clip(x, 0, 1)))(np.array([-0.5, 0.5, 1.0, 1.5]))
    array([0., 1., 1., 0.])
    """
    x = lift(x)
    if x.dtype.kind not in "biu":
        low, high = -math.inf if low is None else low, math.inf if high is None else high
        if isinstance(low, (int, float)) and isinstance(high, (int, float)):
            return apply(_CLIP, x, low=float(low), high=float(high))
        return minimum(maximum(x, low), high)
    if low is not None and not _beyond(low, x, -1):
        x = maximum(x, low)
    if high is not None and not _beyond(high, x, 1):
        x = minimum(x, high)
    return x


def _beyond(bound: Operand, x: Tensor, sign: int) -> bool:
    """Whether a bound is an integer of Python's that no entry of x can reach, as 300 for uint8."""
    if not isinstance(bound, int) or x.dtype.kind not in "iu":
        return False
    limits = np.iinfo(x.dtype)
    return bound > limits.max if sign > 0 else bound < limits.min
