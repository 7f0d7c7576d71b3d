"""Exponentials and logarithms."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import Array
from chainrule.ops.define import unary

__all__ = ["exp", "exp2", "expm1", "log", "log1p", "log2", "log10"]

LN_2, LN_10 = math.log(2.0), math.log(10.0)


@unary(
    vjp=lambda g, y, x: g * y,
    numpy=(np.exp,),
    domain="an argument whose exponential fits into a float",
    complex=True,
)
def exp(x: Array) -> Array:
    """Exponential eˣ, its own derivative.

    >>> import chainrule as cr
    >>> cr.grad(cr.exp)(0.0)
    1.0
    """
    return np.exp(x)


@unary(vjp=lambda g, y, x: g / x, numpy=(np.log,), domain="a positive number", complex=True)
def log(x: Array) -> Array:
    """Natural logarithm ln x; the derivative is 1 / x.

    >>> import chainrule as cr
    >>> cr.grad(cr.log)(4.0)
    0.25
    """
    return np.log(x)


@unary(
    vjp=lambda g, y, x: g / (1.0 + x), numpy=(np.log1p,), domain="a number above -1", complex=True
)
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
    complex=True,
)
def expm1(x: Array) -> Array:
    """eˣ − 1, exact for small x; the derivative is eˣ.

    >>> import chainrule as cr
    >>> cr.grad(cr.expm1)(0.0)
    1.0
    """
    return np.expm1(x)


@unary(
    vjp=lambda g, y, x: g * (LN_2 * y),
    numpy=(np.exp2,),
    domain="an argument whose power of 2 fits into a float",
    complex=True,
)
def exp2(x: Array) -> Array:
    """2ˣ; the derivative is ln 2 · 2ˣ.

    >>> import chainrule as cr
    >>> cr.exp2(3.0)
    Tensor(8.0)
    """
    return np.exp2(x)


@unary(
    vjp=lambda g, y, x: g / (LN_2 * x), numpy=(np.log2,), domain="a positive number", complex=True
)
def log2(x: Array) -> Array:
    """Logarithm to base 2; the derivative is 1 / (x·ln 2).

    >>> import chainrule as cr
    >>> cr.log2(8.0)
    Tensor(3.0)
    """
    return np.log2(x)


@unary(
    vjp=lambda g, y, x: g / (LN_10 * x), numpy=(np.log10,), domain="a positive number", complex=True
)
def log10(x: Array) -> Array:
    """Logarithm to base 10; the derivative is 1 / (x·ln 10).

    >>> import chainrule as cr
    >>> cr.log10(1000.0)
    Tensor(3.0)
    """
    return np.log10(x)
