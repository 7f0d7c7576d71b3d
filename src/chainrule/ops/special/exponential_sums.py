"""Weighted sums of exponentials, and softmax, with SciPy's arguments."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from chainrule.graph import Array
from chainrule.ops.define import lift_together, normal_axes
from chainrule.ops.elementwise import abs, exp, log, minimum, where
from chainrule.ops.reductions import log_softmax, logsumexp, max, softmax, sum
from chainrule.ops.registry import provides
from chainrule.ops.shapes import broadcast_to, squeeze, stop_gradient
from chainrule.ops.tensor import Axis, Operand, Tensor

__all__ = ["log_softmax_of", "logsumexp_of", "softmax_of"]


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
