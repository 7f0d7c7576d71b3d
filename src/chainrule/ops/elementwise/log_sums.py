"""Sums of two numbers that are given by their logarithms."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import Array
from chainrule.ops.define import binary, floating
from chainrule.ops.elementwise.activations import sigmoid

__all__ = ["logaddexp", "logaddexp2"]

LN_2 = math.log(2.0)


@binary(
    vjp=(
        lambda g, z, x, y: g * sigmoid(x - y),  # e^(x − z) would lose the digits that z has lost
        lambda g, z, x, y: g * sigmoid(y - x),
    ),
    numpy=(np.logaddexp,),
    dtype=floating,
)
def logaddexp(x: Array, y: Array) -> Array:
    """ln(eˣ + eʸ): ∂z/∂x = 1 / (1 + e^(y − x)), and the rest of 1 is ∂z/∂y.

    >>> import chainrule as cr
    >>> cr.grad(cr.logaddexp, argnums=(0, 1))(1e8, 1e8)
    (0.5, 0.5)
    """
    return np.logaddexp(x, y)


@binary(
    vjp=(
        lambda g, z, x, y: g * sigmoid(LN_2 * (x - y)),
        lambda g, z, x, y: g * sigmoid(LN_2 * (y - x)),
    ),
    numpy=(np.logaddexp2,),
    dtype=floating,
)
def logaddexp2(x: Array, y: Array) -> Array:
    """log₂(2ˣ + 2ʸ): ∂z/∂x = 1 / (1 + 2^(y − x)), and the rest of 1 is ∂z/∂y.

    >>> import chainrule as cr
    >>> cr.logaddexp2(3.0, 3.0)
    Tensor(4.0)
    """
    return np.logaddexp2(x, y)
