"""Sine, cosine, tangent, their inverses, and the angle and length of a vector."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array, Kink
from chainrule.ops.define import binary, floating, unary
from chainrule.ops.elementwise.arithmetic import mul
from chainrule.ops.elementwise.comparison import where
from chainrule.ops.elementwise.powers import sqrt
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor

__all__: list[str] = ["arccos", "arcsin", "arctan", "arctan2", "cos", "deg2rad", "hypot"]
__all__ += ["rad2deg", "sin", "tan"]


@unary(vjp=lambda g, y, x: g * cos(x), numpy=(np.sin,), complex=True)
def sin(x: Array) -> Array:
    """Sine; the derivative is the cosine.

    >>> import chainrule as cr
    >>> cr.grad(cr.sin)(0.0)
    1.0
    """
    return np.sin(x)


def _cos_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    return -(g * sin(x))


@unary(vjp=_cos_vjp, numpy=(np.cos,), complex=True)
def cos(x: Array) -> Array:
    """Cosine; the derivative is minus the sine.

    >>> import chainrule as cr
    >>> cr.grad(cr.cos)(0.0)
    -0.0
    """
    return np.cos(x)


@unary(vjp=lambda g, y, x: g * (1.0 + y**2), numpy=(np.tan,), complex=True)
def tan(x: Array) -> Array:
    """Tangent; the derivative is 1 + tan² x.

    >>> import chainrule as cr
    >>> cr.grad(cr.tan)(0.0)
    1.0
    """
    return np.tan(x)


def _half_circle(x: Tensor) -> Tensor:
    """√(1 − x²), without the cancellation near ±1."""
    return sqrt((1.0 - x) * (1.0 + x))


@unary(
    vjp=lambda g, y, x: g / _half_circle(x),
    numpy=(np.arcsin,),
    domain="a number between -1 and 1",
    complex=True,
)
def arcsin(x: Array) -> Array:
    """The angle between −π/2 and π/2 whose sine is x; the derivative is 1 / √(1 − x²).

    >>> import chainrule as cr
    >>> cr.grad(cr.arcsin)(0.6)
    1.25
    """
    return np.arcsin(x)


@unary(
    vjp=lambda g, y, x: -(g / _half_circle(x)),
    numpy=(np.arccos,),
    domain="a number between -1 and 1",
    complex=True,
)
def arccos(x: Array) -> Array:
    """The angle between 0 and π whose cosine is x; the derivative is −1 / √(1 − x²).

    >>> import chainrule as cr
    >>> cr.grad(cr.arccos)(0.6)
    -1.25
    """
    return np.arccos(x)


@unary(vjp=lambda g, y, x: g / (1.0 + x**2), numpy=(np.arctan,), complex=True)
def arctan(x: Array) -> Array:
    """The angle between −π/2 and π/2 whose tangent is x; the derivative is 1 / (1 + x²).

    >>> import chainrule as cr
    >>> cr.grad(cr.arctan)(1.0)
    0.5
    """
    return np.arctan(x)


ORIGIN = Kink(
    lambda y, x: (x == 0) & (y == 0),
    "at the origin there is no derivative; it is taken as 0 there",
)


@binary(
    vjp=(
        lambda g, z, x, y: g * (x / _or_1(z)),
        lambda g, z, x, y: g * (y / _or_1(z)),
    ),
    numpy=(np.hypot,),
    dtype=floating,
    kink=ORIGIN,
)
def hypot(x: Array, y: Array) -> Array:
    """The length √(x² + y²) of a vector: ∂z/∂x = x / z,  ∂z/∂y = y / z  (0 at the origin).

    >>> import chainrule as cr
    >>> cr.grad(cr.hypot, argnums=(0, 1))(3.0, 4.0)
    (0.6, 0.8)
    """
    return np.hypot(x, y)


@binary(
    vjp=(
        lambda g, z, y, x: g * (x / _or_1(hypot(x, y)) / _or_1(hypot(x, y))),
        lambda g, z, y, x: -(g * (y / _or_1(hypot(x, y)) / _or_1(hypot(x, y)))),
    ),
    numpy=(np.arctan2,),
    dtype=floating,
    kink=ORIGIN,
)
def arctan2(y: Array, x: Array) -> Array:
    """The angle of the vector (x, y), between −π and π, with r² = x² + y².

    ∂z/∂y = x / r²,  ∂z/∂x = −y / r²  (0 at the origin)

    >>> import chainrule as cr
    >>> cr.grad(cr.arctan2, argnums=(0, 1))(3.0, 4.0)
    (0.16, -0.12)
    """
    return np.arctan2(y, x)


def _or_1(length: Tensor) -> Tensor:
    """The length, or 1 in place of 0, by which 0 is divided then."""
    return where(length == 0.0, 1.0, length)


@provides("deg2rad", np.deg2rad, np.radians)
def deg2rad(x: Operand) -> Tensor:
    """Degrees as radians: π/180·x.

    >>> import chainrule as cr
    >>> cr.deg2rad(180.0)
    Tensor(3.141592653589793)
    """
    return mul(x, np.pi / 180)


@provides("rad2deg", np.rad2deg, np.degrees)
def rad2deg(x: Operand) -> Tensor:
    """Radians as degrees: 180/π·x.

    >>> import numpy as np, chainrule as cr
    >>> cr.rad2deg(np.pi)
    Tensor(180.0)
    """
    return mul(x, 180 / np.pi)
