"""Exponentials and logarithms."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array
from chainrule.ops.define import unary

__all__ = ["exp", "expm1", "log", "log1p"]


@unary(
    vjp=lambda g, y, x: g * y,
    numpy=(np.exp,),
    domain="an argument whose exponential fits into a float",
)
def exp(x: Array) -> Array:
    """Exponential eˣ, its own derivative.

    >>> import chainrule as cr
    >>> cr.grad(cr.exp)(0.0)
    1.0
    """
    return np.exp(x)


@unary(vjp=lambda g, y, x: g / x, numpy=(np.log,), domain="a positive number")
def log(x: Array) -> Array:
    """Natural logarithm ln x; the derivative is 1 / x.

    >>> import chainrule as cr
    >>> cr.grad(cr.log)(4.0)
    0.25
    """
    return np.log(x)


@unary(vjp=lambda g, y, x: g / (1.0 + x), numpy=(np.log1p,), domain="a number above -1")
def log1p(x: Array) -> Array:
    """ln(1 + x), exact for small x; the derivative is 1 / (1 + x).

    >>> import chainrule as cr
    >>> cr.grad(cr.log1p)(1.0)
    0.5
    """
    return np.log1p(x)


@unary(
    vjp=lambda g, y, x: g * exp(x),  # y + 1 would lose the digits of a small eˣ
    numpy=(np.expm1,),
    domain="an argument whose exponential fits into a float",
)
def expm1(x: Array) -> Array:
    """eˣ − 1, exact for small x; the derivative is eˣ.

    >>> import chainrule as cr
    >>> cr.grad(cr.expm1)(0.0)
    1.0
    """
    return np.expm1(x)
