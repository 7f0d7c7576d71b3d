"""Powers: squares, roots, reciprocals, and any exponent."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array, Kink
from chainrule.ops.define import (
    apply,
    arithmetic,
    binary,
    elementwise,
    floating,
    lift_together,
    unary,
)
from chainrule.ops.elementwise.arithmetic import div
from chainrule.ops.elementwise.comparison import where
from chainrule.ops.elementwise.exponential import log
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["cbrt", "power", "reciprocal", "root", "sqrt", "square"]

POWERS = "a base that is positive or an integer exponent, and a result below 1.8e308"
"""The domain of powers."""


@unary(vjp=lambda g, y, x: g * (2.0 * x), numpy=(np.square,), dtype=arithmetic, complex=True)
def square(x: Array) -> Array:
    """Square x²; the derivative is 2x.

    >>> import chainrule as cr
    >>> cr.grad(cr.square)(3.0)
    6.0
    """
    return np.square(x)


@unary(
    vjp=lambda g, y, x: g / (2.0 * y),
    numpy=(np.sqrt,),
    domain="a number that is not negative",
    complex=True,
)
def sqrt(x: Array) -> Array:
    """Square root √x; the derivative is 1 / (2√x), infinite at 0.

    >>> import chainrule as cr
    >>> cr.grad(cr.sqrt)(4.0)
    0.25
    """
    return np.sqrt(x)


@unary(vjp=lambda g, y, x: g / (3.0 * y**2), numpy=(np.cbrt,))
def cbrt(x: Array) -> Array:
    """Cube root; the derivative is 1 / (3·y²), infinite at 0.

    >>> import chainrule as cr
    >>> cr.grad(cr.cbrt)(8.0)
    0.08333333333333333
    """
    return np.cbrt(x)


ROOT = elementwise(
    "root",
    np.sqrt,
    vjp=(lambda g, y, x: g / (2.0 * where(y == 0.0, np.inf, y)),),
    dtype=floating,
    kink=Kink(lambda x: x == 0, "the root has a corner at 0; its derivative there is taken as 0"),
    domain="a number that is not negative",
)


def root(x: Operand) -> Tensor:
    """Square root of a sum of squares: like `sqrt`, but with derivative 0 at 0.

    For norms and standard deviations, which have a corner there: by the plain rule their gradient
    would be ∞·0.
    """
    return apply(ROOT, lift(x))


def _base_slope(base: Tensor, exponent: Tensor) -> Tensor:
    """y·x^(y−1), but 0 where y = 0, also at x = 0, where the plain expression gives 0·∞."""
    flat = exponent == 0.0
    return where(flat, 0.0, exponent * pow(base, where(flat, 1.0, exponent - 1.0)))


def _log_of_base(power: Tensor, base: Tensor, exponent: Tensor) -> Tensor:
    """ln x, but at x = 0 one whose product with the power is the slope there."""
    if power.dtype.kind == "c":
        return log(where(base == 0.0, 1.0, base).astype(power.dtype))
    return log(where(base == 0.0, where(exponent < 0.0, 0.0, 1.0), base))


@binary(
    vjp=(
        lambda g, z, x, y: g * _base_slope(x, y),
        lambda g, z, x, y: g * (z * _log_of_base(z, x, y)),
    ),
    domain=POWERS,
    complex=True,
)
def pow(x: Array, y: Array) -> Array:
    return np.power(x, y)


def _constant_power_vjp(g: Tensor, y: Tensor, x: Tensor, exponent: float) -> Tensor:
    if exponent == 0:
        return g * 0.0
    return g if exponent == 1 else g * (exponent * power(x, exponent - 1))


_CONSTANT_POWER = elementwise(
    "constant_power",
    lambda x, exponent: np.power(x, exponent, dtype=floating(x.dtype)),
    vjp=(_constant_power_vjp,),
    dtype=floating,
    domain=POWERS,
    complex=True,
)


@provides("power", np.power, np.float_power)
def power(x: Operand, y: Operand) -> Tensor:
    """Power x^y.

    ∂z/∂x = y·x^(y−1),  ∂z/∂y = z·ln x  (0 at x = 0, if y ≥ 0)

    If the exponent is a Python number, it is not an operand: it has no gradient.  A power of
    integers is one, if its exponent is one that is not negative.

    >>> import chainrule as cr
    >>> cr.grad(cr.power, argnums=0)(3.0, 2.0)
    6.0
    >>> cr.variable(3.0) ** 2
    Tensor(9.0)
    """
    integers = isinstance(x, Tensor) and x.dtype.kind in "iu" and type(y) is int and y >= 0
    if isinstance(x, Tensor) and type(y) in (int, float) and not integers:
        return apply(_CONSTANT_POWER, x, exponent=float(y))  # type: ignore[arg-type]
    base, exponent = lift_together(x, y)
    return pow(base, exponent)


@provides("reciprocal", np.reciprocal)
def reciprocal(x: Operand) -> Tensor:
    """Reciprocal 1 / x.

    >>> import chainrule as cr
    >>> cr.grad(cr.reciprocal)(2.0)
    -0.25
    """
    return div(1.0, x)
