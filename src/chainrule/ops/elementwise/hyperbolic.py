"""Hyperbolic functions and their inverses; `tanh` is among the activations."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array
from chainrule.ops.define import unary
from chainrule.ops.elementwise.powers import sqrt
from chainrule.ops.elementwise.trigonometric import hypot
from chainrule.ops.tensor import Tensor

__all__ = ["arccosh", "arcsinh", "arctanh", "cosh", "sinh"]

FITS = "an argument whose exponential fits into a float"


def _sinh_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    return g * cosh(x)


@unary(vjp=_sinh_vjp, numpy=(np.sinh,), domain=FITS, complex=True)
def sinh(x: Array) -> Array:
    """Hyperbolic sine (eˣ − e⁻ˣ) / 2; the derivative is cosh x.

    >>> import chainrule as cr
    >>> cr.grad(cr.sinh)(0.0)
    1.0
    """
    return np.sinh(x)


@unary(vjp=lambda g, y, x: g * sinh(x), numpy=(np.cosh,), domain=FITS, complex=True)
def cosh(x: Array) -> Array:
    """Hyperbolic cosine (eˣ + e⁻ˣ) / 2; the derivative is sinh x.

    >>> import chainrule as cr
    >>> cr.grad(cr.cosh)(0.0)
    0.0
    """
    return np.cosh(x)


def _arcsinh_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    return g / (sqrt(1.0 + x**2) if x.dtype.kind == "c" else hypot(1.0, x))


@unary(vjp=_arcsinh_vjp, numpy=(np.arcsinh,), complex=True)
def arcsinh(x: Array) -> Array:
    """The inverse of sinh, ln(x + √(x² + 1)); the derivative is 1 / √(x² + 1).

    >>> import chainrule as cr
    >>> cr.grad(cr.arcsinh)(0.75)
    0.8
    """
    return np.arcsinh(x)


def _arccosh_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    if x.dtype.kind == "c":  # the root of the product has its sign elsewhere
        return g / (sqrt(x - 1.0) * sqrt(x + 1.0))
    return g / sqrt((x - 1.0) * (x + 1.0))


@unary(
    vjp=_arccosh_vjp,
    numpy=(np.arccosh,),
    domain="a number of 1 or more",
    complex=True,
)
def arccosh(x: Array) -> Array:
    """The inverse of cosh, ln(x + √(x² − 1)); the derivative is 1 / √(x² − 1).

    >>> import chainrule as cr
    >>> cr.grad(cr.arccosh)(1.25)
    1.3333333333333333
    """
    return np.arccosh(x)


@unary(
    vjp=lambda g, y, x: g / ((1.0 - x) * (1.0 + x)),
    numpy=(np.arctanh,),
    domain="a number between -1 and 1",
    complex=True,
)
def arctanh(x: Array) -> Array:
    """The inverse of tanh, ln((1 + x) / (1 − x)) / 2; the derivative is 1 / (1 − x²).

    >>> import chainrule as cr
    >>> cr.grad(cr.arctanh)(0.5)
    1.3333333333333333
    """
    return np.arctanh(x)
