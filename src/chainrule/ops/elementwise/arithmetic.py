"""Sums, differences, products and quotients; absolute value and sign."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array, Kink
from chainrule.ops.define import apply, arithmetic, binary, elementwise, floating, real_part, unary
from chainrule.ops.elementwise.comparison import where
from chainrule.ops.elementwise.complex_numbers import conj
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["abs", "add", "div", "mul", "neg", "sign", "sub"]


@binary(vjp=(lambda g, z, x, y: g, lambda g, z, x, y: g), numpy=(np.add,), complex=True)
def add(x: Array, y: Array) -> Array:
    """Sum x + y.  Addition passes the upstream gradient to both operands unchanged.

    ∂z/∂x = 1,  ∂z/∂y = 1

    >>> import chainrule as cr
    >>> cr.grad(cr.add, argnums=(0, 1))(3.0, 4.0)
    (1.0, 1.0)
    """
    return np.add(x, y, dtype=arithmetic(x.dtype, y.dtype))


@binary(vjp=(lambda g, z, x, y: g, lambda g, z, x, y: -g), numpy=(np.subtract,), complex=True)
def sub(x: Array, y: Array) -> Array:
    """Difference x − y.

    ∂z/∂x = 1,  ∂z/∂y = −1

    >>> import chainrule as cr
    >>> cr.grad(cr.sub, argnums=(0, 1))(3.0, 4.0)
    (1.0, -1.0)
    """
    return np.subtract(x, y, dtype=arithmetic(x.dtype, y.dtype))


@binary(
    vjp=(lambda g, z, x, y: g * y, lambda g, z, x, y: g * x), numpy=(np.multiply,), complex=True
)
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
    complex=True,
)
def div(x: Array, y: Array) -> Array:
    """Quotient x / y.

    ∂z/∂x = 1 / y,  ∂z/∂y = −x / y²

    >>> import chainrule as cr
    >>> cr.grad(cr.div, argnums=(0, 1))(1.0, 4.0)
    (0.25, -0.0625)
    """
    return np.divide(x, y)


@unary(vjp=lambda g, y, x: -g, numpy=(np.negative,), dtype=arithmetic, complex=True)
def neg(x: Array) -> Array:
    """Negation −x; the derivative is −1.

    >>> import chainrule as cr
    >>> cr.neg(2.0)
    Tensor(-2.0)
    """
    return np.negative(x, dtype=arithmetic(x.dtype))


def _of_size(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return real_part(arithmetic(dtype))


@unary(
    vjp=lambda g, y, x: g * conj(sign(x)),
    numpy=(np.absolute, np.fabs),
    dtype=_of_size,
    kink=Kink(lambda x: x == 0, "|x| has a corner at 0; its derivative there is taken as 0"),
    complex=True,
)
def abs(x: Array) -> Array:
    """Absolute value |x|; the derivative is sign(x), taken as 0 at the corner.

    Of a complex x, the gradient is the conjugate of sign(x).

    >>> import chainrule as cr
    >>> cr.grad(cr.abs)(-3.0), cr.grad(cr.abs)(0.0)
    (-1.0, 0.0)
    """
    return np.abs(x)


def _sign(x: Array) -> Array:
    return np.sign(x, dtype=arithmetic(x.dtype))


_SIGN = elementwise(
    "sign",
    _sign,
    vjp=(None,),
    dtype=arithmetic,
    kink=Kink(lambda x: x == 0, "sign(x) jumps at 0; its derivative is taken as 0 everywhere"),
)


@provides("sign", np.sign)
def sign(x: Operand) -> Tensor:
    """Sign of x: −1, 0 or 1.  It is constant except at 0, so its derivative is taken as 0.

    Of a complex x, it is x / |x|, 0 at 0, and has a derivative.

    >>> import chainrule as cr
    >>> cr.sign([-2.0, 0.0, 5.0])
    Tensor([-1.,  0.,  1.])
    """
    x = lift(x)
    if x.dtype.kind == "c":
        size = abs(x)
        return div(x, where(size == 0.0, np.inf, size))
    return apply(_SIGN, x)
