"""Parts of numbers: sign and size, whole part and rest, exponent."""

from __future__ import annotations

import numpy as np

from chainrule.ops import elementwise
from chainrule.ops.define import floating, lift_together, real_only
from chainrule.ops.elementwise import equal, less, logical_or, reciprocal, trunc, where
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["copysign", "ldexp", "modf"]


@provides("positive", np.positive)
def _positive(x: Operand) -> Tensor:
    return lift(x)


def _is_negative(x: Tensor) -> Tensor:
    """Whether the sign is negative, which that of −0.0 is."""
    return logical_or(less(x, 0), less(reciprocal(x), 0))


@provides("copysign", np.copysign)
def copysign(x1: Operand, x2: Operand) -> Tensor:
    """The size of x₁ with the sign of x₂; the derivative by x₂ is taken as 0.

    >>> copysign(3.0, -0.0)
    Tensor(-3.0)
    """
    x, sign = lift_together(x1, x2)
    real_only("np.copysign", x, sign)
    size = elementwise.abs(x.astype(floating(x.dtype, sign.dtype)))
    return where(_is_negative(sign.astype(floating(sign.dtype))), -size, size)


@provides("modf", np.modf)
def modf(x: Operand) -> tuple[Tensor, Tensor]:
    """What is behind the decimal point, and the whole number in front of it.

    >>> modf(-2.5)
    (Tensor(-0.5), Tensor(-2.0))
    """
    x = lift(x)
    x = x.astype(floating(x.dtype))
    whole = trunc(x)
    infinite = equal(elementwise.abs(x), np.inf)
    return where(infinite, np.zeros((), x.dtype), x - whole), whole


@provides("ldexp", np.ldexp)
def ldexp(x1: Operand, x2: Operand) -> Tensor:
    """x₁·2ⁿ for integers n.

    >>> ldexp(3.0, 2)
    Tensor(12.0)
    """
    x, exponents = lift(x1), np.asarray(x2)
    scale = np.ldexp(np.ones((), floating(x.dtype)), exponents)
    return elementwise.mul(x, scale)


@provides("divmod", np.divmod)
def _divmod(x1: Operand, x2: Operand) -> tuple[Tensor, Tensor]:
    return elementwise.floor_divide(x1, x2), elementwise.mod(x1, x2)


@provides("float_power", np.float_power)
def _float_power(x1: Operand, x2: Operand) -> Tensor:
    base, exponent = lift(x1), lift(x2)
    dtype = np.result_type(base.dtype, exponent.dtype, np.float64)
    return elementwise.power(base.astype(dtype), exponent.astype(dtype))


@provides("fabs", np.fabs)
def _fabs(x: Operand) -> Tensor:
    x = lift(x)
    real_only("np.fabs", x)
    return elementwise.abs(x.astype(floating(x.dtype)))
