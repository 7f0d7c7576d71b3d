"""Weighted sums of exponentials and softmax with SciPy's arguments, and SciPy's robust losses."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from chainrule.graph import Array
from chainrule.ops.define import lift_together, normal_axes, real_only
from chainrule.ops.elementwise import abs, exp, hypot, log, minimum, square, where
from chainrule.ops.reductions import log_softmax, logsumexp, max, softmax, sum
from chainrule.ops.registry import provides
from chainrule.ops.shapes import broadcast_to, squeeze, stop_gradient
from chainrule.ops.tensor import Axis, Operand, Tensor

__all__ = ["huber_of", "log_softmax_of", "logsumexp_of", "pseudo_huber", "softmax_of"]


@provides("special.logsumexp", special.logsumexp)
def logsumexp_of(
    a: Operand, axis: Axis = None, b: Operand | None = None, keepdims: bool = False
) -> Tensor:
    """y = ln Σ bᵢ·e^aᵢ along axes, without overflow: ∂y/∂aᵢ = bᵢ·e^(aᵢ − y), ∂y/∂bᵢ = e^(aᵢ − y).

    >>> import numpy as np, chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.logsumexp(cr.variable([1000.0, 1000.0]), b=[0.5, 0.5])
    Tensor(1000.0)
    """
    if b is None:
        return logsumexp(a, axis, keepdims)
    a, b = lift_together(a, b)
    weights = b.node.value
    if b.node.constant and weights is not None and (weights >= 0).all():
        return logsumexp(_weighted(a, weights), axis, keepdims)
    shape = np.broadcast_shapes(a.shape, b.shape)
    a, b = broadcast_to(a, shape), broadcast_to(b, shape)
    axes = normal_axes(axis, a.ndim, "scipy.special.logsumexp")
    without = b == 0.0  # what has no weight may be of any size
    top = max(where(without, -np.inf, stop_gradient(a)), axes, keepdims=True)
    top = where(abs(top) < np.inf, top, 0.0)
    above = a - top
    largest = math.log(np.finfo(above.dtype).max)
    total = sum(b * exp(where(without, minimum(above, largest), above)), axes, keepdims=True)
    found = log(total) + top
    return found if keepdims else squeeze(found, axes)


def _weighted(a: Tensor, weights: Array) -> Tensor:
    """aᵢ + ln bᵢ, so that e to its power is bᵢ·e^aᵢ; −∞ without a weight, whatever aᵢ is."""
    none = weights == 0
    total = a + np.log(np.where(none, 1, weights))
    return where(none, -np.inf, total) if none.any() else total


@provides("special.softmax", special.softmax)
def softmax_of(x: Operand, axis: Axis = None) -> Tensor:
    """`cr.softmax`, over all entries where no axis is given.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.softmax(cr.variable([0.0, 0.0]))
    Tensor([0.5, 0.5])
    """
    return softmax(x, axis)


@provides("special.log_softmax", special.log_softmax)
def log_softmax_of(x: Operand, axis: Axis = None) -> Tensor:
    """`cr.log_softmax`, over all entries where no axis is given.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.log_softmax(cr.variable([0.0, 1000.0]))
    Tensor([-1000.,     0.])
    """
    return log_softmax(x, axis)


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
    span = delta + hypot(delta, r)
    loss = delta * (r * (r / where(span == 0.0, 1.0, span)))
    return where(delta < 0.0, np.inf, loss)
