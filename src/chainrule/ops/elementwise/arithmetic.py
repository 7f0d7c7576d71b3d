"""Sums, differences, products and quotients; absolute value and sign."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array, Kink
from chainrule.ops.define import arithmetic, binary, floating, unary

__all__ = ["abs", "add", "div", "mul", "neg", "sign", "sub"]


@binary(vjp=(lambda g, z, x, y: g, lambda g, z, x, y: g), numpy=(np.add,))
def add(x: Array, y: Array) -> Array:
    """Sum x + y.  Addition passes the upstream gradient to both operands unchanged.

    ∂z/∂x = 1,  ∂z/∂y = 1

    >>> import chainrule as cr
    >>> cr.grad(cr.add, argnums=(0, 1))(3.0, 4.0)
    (1.0, 1.0)
    """
    return np.add(x, y, dtype=arithmetic(x.dtype, y.dtype))


@binary(vjp=(lambda g, z, x, y: g, lambda g, z, x, y: -g), numpy=(np.subtract,))
def sub(x: Array, y: Array) -> Array:
    """Difference x − y.

    ∂z/∂x = 1,  ∂z/∂y = −1

    >>> import chainrule as cr
    >>> cr.grad(cr.sub, argnums=(0, 1))(3.0, 4.0)
    (1.0, -1.0)
    """
    return np.subtract(x, y, dtype=arithmetic(x.dtype, y.dtype))


@binary(vjp=(lambda g, z, x, y: g * y, lambda g, z, x, y: g * x), numpy=(np.multiply,))
def mul(x: Array, y: Array) -> Array:
    """Product x · y.  Multiplication swaps: each operand gets the upstream gradient × the other.

    ∂z/∂x = y,  ∂z/∂y = x

    >>> import chainrule as cr
    >>> cr.grad(cr.mul, argnums=(0, 1))(3.0, 4.0)
    (4.0, 3.0)
    """
    return np.multiply(x, y)


@binary(
    vjp=(lambda g, z, x, y: g / y, lambda g, z, x, y: -(g * x / y**2)),
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


@unary(vjp=lambda g, y, x: -g, numpy=(np.negative,), dtype=arithmetic)
def neg(x: Array) -> Array:
    """Negation −x; the derivative is −1.

    >>> import chainrule as cr
    >>> cr.neg(2.0)
    Tensor(-2.0)
    """
    return np.negative(x, dtype=arithmetic(x.dtype))


@unary(
    vjp=lambda g, y, x: g * sign(x),
    numpy=(np.absolute,),
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
    numpy=(np.sign,),
    dtype=arithmetic,
    kink=Kink(lambda x: x == 0, "sign(x) jumps at 0; its derivative is taken as 0 everywhere"),
)
def sign(x: Array) -> Array:
    """Sign of x: −1, 0 or 1.  It is constant except at 0, so its derivative is taken as 0.

    >>> import chainrule as cr
    >>> cr.sign([-2.0, 0.0, 5.0])
    Tensor([-1.,  0.,  1.])
    """
    return np.sign(x, dtype=arithmetic(x.dtype))
