"""Sine and cosine."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array
from chainrule.ops.define import unary
from chainrule.ops.tensor import Tensor

__all__ = ["cos", "sin"]


@unary(vjp=lambda g, y, x: g * cos(x), numpy=(np.sin,))
def sin(x: Array) -> Array:
    """Sine; the derivative is the cosine.

    >>> import chainrule as cr
    >>> cr.grad(cr.sin)(0.0)
    1.0
    """
    return np.sin(x)


def _cos_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    return -(g * sin(x))


@unary(vjp=_cos_vjp, numpy=(np.cos,))
def cos(x: Array) -> Array:
    """Cosine; the derivative is minus the sine.

    >>> import chainrule as cr
    >>> cr.grad(cr.cos)(0.0)
    -0.0
    """
    return np.cos(x)
