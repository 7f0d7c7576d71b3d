"""Sums, products, quotients and powers."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import Array
from chainrule.graph.formula import Fence, Root, call
from chainrule.graph.formula import lift as formula
from chainrule.graph.primitive import Kink
from chainrule.ops.define import (
    apply,
    arithmetic,
    binary,
    elementwise,
    floating,
    lift_together,
    unary,
)
from chainrule.ops.elementwise.comparison import where
from chainrule.ops.elementwise.exponential import log
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = [
    "abs",
    "add",
    "clip",
    "div",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "power",
    "reciprocal",
    "sign",
    "sqrt",
    "square",
    "sub",
]


POWERS = "a base that is positive or an integer exponent, and a result below 1.8e308"


@binary(
    vjp=(lambda g, z, x, y: g, lambda g, z, x, y: g),
    notation=lambda x, y: x + y,
    numpy=(np.add,),
)
def add(x: Array, y: Array) -> Array:
    """Sum x + y.  Addition hands the upstream gradient to both operands unchanged.

    ∂z/∂x = 1,  ∂z/∂y = 1

    >>> import chainrule as cr
    >>> cr.grad(cr.add, argnums=(0, 1))(3.0, 4.0)
    (1.0, 1.0)
    """
    return np.add(x, y, dtype=arithmetic(x.dtype, y.dtype))


@binary(
    vjp=(lambda g, z, x, y: g, lambda g, z, x, y: -g),
    notation=lambda x, y: x - y,
    numpy=(np.subtract,),
)
def sub(x: Array, y: Array) -> Array:
    """Difference x − y.

    ∂z/∂x = 1,  ∂z/∂y = −1

    >>> import chainrule as cr
    >>> cr.grad(cr.sub, argnums=(0, 1))(3.0, 4.0)
    (1.0, -1.0)
    """
    return np.subtract(x, y, dtype=arithmetic(x.dtype, y.dtype))


@binary(
    vjp=(lambda g, z, x, y: g * y, lambda g, z, x, y: g * x),
    notation=lambda x, y: x * y,
    numpy=(np.multiply,),
)
def mul(x: Array, y: Array) -> Array:
    """Product x · y.  Multiplication swaps: each operand gets the upstream times the other.

    ∂z/∂x = y,  ∂z/∂y = x

    >>> import chainrule as cr
    >>> cr.grad(cr.mul, argnums=(0, 1))(3.0, 4.0)
    (4.0, 3.0)
    """
    return np.multiply(x, y)


@binary(
    vjp=(lambda g, z, x, y: g / y, lambda g, z, x, y: -(g * x / y**2)),
    notation=lambda x, y: x / y,
    numpy=(np.divide,),
    dtype=floating,
    domain="a divisor other than zero",
)
def div(x: Array, y: Array) -> Array:
    """Quotient x / y.

    ∂z/∂x = 1 / y,  ∂z/∂y = −x / y²

    >>> import chainrule as cr
    >>> cr.grad(cr.div, argnums=(0, 1))(1.0, 4.0)
    (0.25, -0.0625)
    """
    return np.divide(x, y)


@unary(vjp=lambda g, y, x: -g, notation=lambda x: -x, numpy=(np.negative,), dtype=arithmetic)
def neg(x: Array) -> Array:
    """Negation −x; the derivative is −1.

    >>> import chainrule as cr
    >>> cr.neg(2.0)
    Tensor(-2.0)
    """
    return np.negative(x, dtype=arithmetic(x.dtype))


@unary(
    vjp=lambda g, y, x: g * (2.0 * x),
    notation=lambda x: x**2,
    numpy=(np.square,),
    dtype=arithmetic,
)
def square(x: Array) -> Array:
    """Square x²; the derivative is 2x.

    >>> import chainrule as cr
    >>> cr.grad(cr.square)(3.0)
    6.0
    """
    return np.square(x)


@unary(
    vjp=lambda g, y, x: g / (2.0 * y),
    notation=Root,
    numpy=(np.sqrt,),
    domain="a number that is not negative",
)
def sqrt(x: Array) -> Array:
    """Square root √x; the derivative is 1 / (2√x), infinite at 0.

    >>> import chainrule as cr
    >>> cr.grad(cr.sqrt)(4.0)
    0.25
    """
    return np.sqrt(x)


@unary(
    vjp=lambda g, y, x: g * sign(x),
    notation=Fence,
    numpy=(np.absolute, np.fabs),
    dtype=arithmetic,
    kink=Kink(lambda x: x == 0, "|x| has a corner at 0; its derivative there is taken as 0"),
)
def abs(x: Array) -> Array:
    """Absolute value |x|; the derivative is sign(x), taken as 0 at the corner.

    >>> import chainrule as cr
    >>> cr.grad(cr.abs)(-3.0), cr.grad(cr.abs)(0.0)
    (-1.0, 0.0)
    """
    return np.abs(x)


@unary(
    vjp=None,
    notation=call("sign", r"\operatorname{sign}"),
    numpy=(np.sign,),
    dtype=arithmetic,
    kink=Kink(lambda x: x == 0, "sign(x) jumps at 0; its derivative is taken as 0 everywhere"),
)
def sign(x: Array) -> Array:
    """Sign of x: −1, 0 or 1.  Flat where it is continuous, so its derivative is taken as 0.

    >>> import chainrule as cr
    >>> cr.sign([-2.0, 0.0, 5.0])
    Tensor([-1.,  0.,  1.])
    """
    return np.sign(x, dtype=arithmetic(x.dtype))


def _routed(g: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """g where x > y, half of it at a tie, else 0."""
    return where(x > y, g, where(x == y, 0.5 * g, 0.0))


@binary(
    vjp=(lambda g, z, x, y: _routed(g, x, y), lambda g, z, x, y: _routed(g, y, x)),
    notation=call("max", r"\max"),
    numpy=(np.maximum,),
    kink=Kink(lambda x, y: x == y, "a tie: each operand of max is given half of the gradient"),
)
def maximum(x: Array, y: Array) -> Array:
    """Larger of x and y.  It routes the gradient to the larger operand; at a tie each gets half.

    >>> import chainrule as cr
    >>> cr.grad(cr.maximum, argnums=(0, 1))(2.0, -1.0), cr.grad(cr.maximum)(1.0, 1.0)
    ((1.0, 0.0), 0.5)
    """
    return np.maximum(x, y)


@binary(
    vjp=(lambda g, z, x, y: _routed(g, y, x), lambda g, z, x, y: _routed(g, x, y)),
    notation=call("min", r"\min"),
    numpy=(np.minimum,),
    kink=Kink(lambda x, y: x == y, "a tie: each operand of min is given half of the gradient"),
)
def minimum(x: Array, y: Array) -> Array:
    """Smaller of x and y.  It routes the gradient to the smaller operand; at a tie each gets half.

    >>> import chainrule as cr
    >>> cr.grad(cr.minimum, argnums=(0, 1))(2.0, -1.0)
    (0.0, 1.0)
    """
    return np.minimum(x, y)


_CLIP = elementwise(
    "clip",
    lambda x, low, high: np.clip(x, low, high),
    vjp=(lambda g, y, x, low, high: where(x < low, 0.0, where(x > high, 0.0, g)),),
    notation=lambda x, low, high: call("clip", r"\operatorname{clip}")(x, low, high),
    dtype=floating,
    kink=Kink(
        lambda x, low, high: (x == low) | (x == high),
        "clip has corners at its bounds; its derivative there is taken as 1",
    ),
)


@provides("clip", np.clip)
def clip(x: Operand, low: Operand | None = None, high: Operand | None = None) -> Tensor:
    """x held between two bounds; the derivative is 1 from one number to the other, 0 outside.

    Bounds that are arrays or tensors are operands: `minimum(maximum(x, low), high)` is recorded.

    >>> import numpy as np, chainrule as cr
    >>> cr.grad(lambda x: cr.sum(cr.clip(x, 0, 1)))(np.array([-0.5, 0.5, 1.0, 1.5]))
    array([0., 1., 1., 0.])
    """
    low, high = -math.inf if low is None else low, math.inf if high is None else high
    if isinstance(low, (int, float)) and isinstance(high, (int, float)):
        return apply(_CLIP, lift(x), low=float(low), high=float(high))
    return minimum(maximum(x, low), high)


def _raised(base: Tensor, exponent: Tensor) -> Tensor:
    """y·x^(y−1), and 0 where y = 0 even at x = 0, where the plain expression is 0·∞."""
    flat = exponent == 0.0
    return where(flat, 0.0, exponent * pow(base, where(flat, 1.0, exponent - 1.0)))


@binary(
    vjp=(
        lambda g, z, x, y: g * _raised(x, y),
        lambda g, z, x, y: g * (z * log(where(x == 0.0, 1.0, x))),
    ),
    notation=lambda x, y: x**y,
    domain=POWERS,
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
    notation=lambda x, exponent: x ** formula(float(exponent)),
    dtype=floating,
    domain=POWERS,
)


@provides("power", np.power, np.float_power)
def power(x: Operand, y: Operand) -> Tensor:
    """Power x^y.

    ∂z/∂x = y·x^(y−1),  ∂z/∂y = z·ln x  (taken as 0 at x = 0)

    A Python number as exponent is not an operand: no gradient is asked for it.

    >>> import chainrule as cr
    >>> cr.grad(cr.power, argnums=0)(3.0, 2.0)
    6.0
    >>> cr.variable(3.0) ** 2
    Tensor(9.0)
    """
    if isinstance(x, Tensor) and type(y) in (int, float):
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
