"""Exponentials, logarithms, sines."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array
from chainrule.graph.formula import E, call
from chainrule.ops.define import unary
from chainrule.ops.tensor import Tensor

__all__ = ["cos", "exp", "expm1", "log", "log1p", "sin"]


@unary(
    vjp=lambda g, y, x: g * y,
    notation=lambda x: E**x,
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


@unary(
    vjp=lambda g, y, x: g / x,
    notation=call("log", r"\ln"),
    numpy=(np.log,),
    domain="a positive number",
)
def log(x: Array) -> Array:
    """Natural logarithm ln x; the derivative is 1 / x.

    >>> import chainrule as cr
    >>> cr.grad(cr.log)(4.0)
    0.25
    """
    return np.log(x)


@unary(
    vjp=lambda g, y, x: g / (1.0 + x),
    notation=call("log1p", r"\operatorname{log1p}"),
    numpy=(np.log1p,),
    domain="a number above -1",
)
def log1p(x: Array) -> Array:
    """ln(1 + x), exact for small x; the derivative is 1 / (1 + x).

    >>> import chainrule as cr
    >>> cr.grad(cr.log1p)(1.0)
    0.5
    """
    return np.log1p(x)


@unary(
    vjp=lambda g, y, x: g * (y + 1.0),
    notation=call("expm1", r"\operatorname{expm1}"),
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


@unary(vjp=lambda g, y, x: g * cos(x), notation=call("sin", r"\sin"), numpy=(np.sin,))
def sin(x: Array) -> Array:
    """Sine; the derivative is the cosine.

    >>> import chainrule as cr
    >>> cr.grad(cr.sin)(0.0)
    1.0
    """
    return np.sin(x)


def _cos_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    return -(g * sin(x))


@unary(vjp=_cos_vjp, notation=call("cos", r"\cos"), numpy=(np.cos,))
def cos(x: Array) -> Array:
    """Cosine; the derivative is minus the sine.

    >>> import chainrule as cr
    >>> cr.grad(cr.cos)(0.0)
    -0.0
    """
    return np.cos(x)
