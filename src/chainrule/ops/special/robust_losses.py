"""Losses that are quadratic for small errors and linear for large ones."""

from __future__ import annotations

import numpy as np
from scipy import special

from chainrule.ops.define import lift_together, real_only
from chainrule.ops.elementwise import abs, hypot, not_equal, square, where
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["huber_of", "pseudo_huber"]


@provides("special.huber", special.huber)
def huber_of(delta: Operand, r: Operand) -> Tensor:
    """½r² where |r| ≤ δ, else δ·(|r| − ½δ); ∞ for a negative δ.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.huber(1.0, cr.variable([0.5, 3.0]))
    Tensor([0.125, 2.5  ])

    Huber, "Robust estimation of a location parameter", 1964.
    """
    delta, r = lift_together(delta, r)
    real_only("scipy.special.huber", delta, r)
    size = abs(r)
    loss = where(size <= delta, 0.5 * square(r), delta * (size - 0.5 * delta))
    return where(delta < 0.0, np.inf, loss)


@provides("pseudo_huber", special.pseudo_huber)
def pseudo_huber(delta: Operand, r: Operand) -> Tensor:
    """δ²·(√(1 + (r/δ)²) − 1), computed without the difference; ∞ for a negative δ.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.pseudo_huber(3.0, cr.variable(4.0))
    Tensor(6.0)
    """
    delta, r = lift_together(delta, r)
    odd = not_equal(delta - delta, 0.0) | not_equal(r - r, 0.0)  # infinite or nan
    d, e = where(odd, 1.0, delta), where(odd, 1.0, r)
    span = 0.25 * d + hypot(0.25 * d, 0.25 * e)  # of a quarter, since the sum may overflow
    loss = d * (e * (0.25 * e / where(span == 0.0, 1.0, span)))
    none = (delta == 0.0) | (r == 0.0)
    beyond = where(none, 0.0, where(delta == np.inf, np.nan, delta * abs(r)))  # as SciPy has it
    return where(delta < 0.0, np.inf, where(odd, beyond, loss))
