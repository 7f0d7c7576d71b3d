"""Rounding, and the remainders of division, which jump where the rounded number does."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import whole_number
from chainrule.graph import Array, Kink
from chainrule.ops.define import arithmetic, binary, unary
from chainrule.ops.elementwise.arithmetic import div, mul
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["ceil", "floor", "floor_divide", "fmod", "mod", "rint", "round", "trunc"]


def _jumps(name: str, where: str, at: Any) -> Kink:
    return Kink(at, f"{name} jumps {where}; its derivative is taken as 0 everywhere")


def _is_whole(x: Array) -> Any:
    return x == np.floor(x)


def _is_whole_but_0(x: Array) -> Any:
    return _is_whole(x) & (x != 0)


def _is_half(x: Array) -> Any:
    return _is_whole(x + 0.5)


def _divides(x: Array, y: Array) -> Any:
    with np.errstate(invalid="ignore"):
        return np.fmod(x, y) == 0


WHOLE = "at whole numbers"


@unary(
    vjp=None,
    numpy=(np.floor,),
    dtype=arithmetic,
    kink=_jumps("floor(x)", WHOLE, _is_whole),
)
def floor(x: Array) -> Array:
    """The largest whole number that is not above x; the derivative is taken as 0.

    >>> import chainrule as cr
    >>> cr.floor([1.7, -1.2])
    Tensor([ 1., -2.])
    """
    return np.floor(x)


@unary(
    vjp=None,
    numpy=(np.ceil,),
    dtype=arithmetic,
    kink=_jumps("ceil(x)", WHOLE, _is_whole),
)
def ceil(x: Array) -> Array:
    """The smallest whole number that is not below x; the derivative is taken as 0.

    >>> import chainrule as cr
    >>> cr.ceil([1.2, -1.7])
    Tensor([ 2., -1.])
    """
    return np.ceil(x)


@unary(
    vjp=None,
    numpy=(np.trunc, np.fix),
    dtype=arithmetic,
    kink=_jumps("trunc(x)", f"{WHOLE} but 0", _is_whole_but_0),
)
def trunc(x: Array) -> Array:
    """x without its decimals: the nearest whole number towards 0; the derivative is taken as 0.

    >>> import chainrule as cr
    >>> cr.trunc([1.7, -1.7])
    Tensor([ 1., -1.])
    """
    return np.trunc(x)


@unary(
    vjp=None,
    numpy=(np.rint,),
    dtype=arithmetic,
    kink=_jumps("rint(x)", "halfway between whole numbers", _is_half),
)
def rint(x: Array) -> Array:
    """The nearest whole number, the even one of two; the derivative is taken as 0.

    >>> import chainrule as cr
    >>> cr.rint([0.5, 1.5, 2.4])
    Tensor([0., 2., 2.])
    """
    return np.rint(x)


@provides("round", np.round, np.around)
def round(x: Operand, decimals: int = 0) -> Tensor:
    """x rounded to n decimals, or to tens, hundreds, … for a negative n: `rint` of x·10ⁿ.

    >>> import chainrule as cr
    >>> cr.round(1.25, 1)
    Tensor(1.2)
    """
    decimals = whole_number("round decimals", decimals)
    x = lift(x)
    if decimals == 0:
        return rint(x)
    scale = 10.0 ** abs(decimals)
    return div(rint(mul(x, scale)), scale) if decimals > 0 else mul(rint(div(x, scale)), scale)


@binary(vjp=(None, None), numpy=(np.floor_divide,))
def floor_divide(x: Array, y: Array) -> Array:
    """⌊x / y⌋, the quotient without its decimals, rounded down; the derivative is taken as 0.

    >>> import chainrule as cr
    >>> cr.variable(7.0) // 2
    Tensor(3.0)
    """
    return np.floor_divide(x, y)


@binary(
    vjp=(lambda g, z, x, y: g, lambda g, z, x, y: -(g * floor_divide(x, y))),
    numpy=(np.mod, np.remainder),
    kink=Kink(
        _divides,
        "the remainder jumps at multiples of the divisor; the slope is that above the jump",
    ),
    domain="a divisor that is not 0",
)
def mod(x: Array, y: Array) -> Array:
    """The remainder x − y·⌊x / y⌋, with the sign of y: ∂z/∂x = 1, ∂z/∂y = −⌊x / y⌋.

    >>> import chainrule as cr
    >>> cr.grad(cr.mod, argnums=(0, 1))(7.5, 2.0)
    (1.0, -3.0)
    """
    return np.mod(x, y)


@binary(
    vjp=(lambda g, z, x, y: g, lambda g, z, x, y: -(g * trunc(div(x, y)))),
    numpy=(np.fmod,),
    kink=Kink(
        lambda x, y: _divides(x, y) & (x != 0),
        "the remainder jumps at multiples of the divisor; the slope is that above the jump",
    ),
    domain="a divisor that is not 0",
)
def fmod(x: Array, y: Array) -> Array:
    """The remainder with the sign of x, as in C: ∂z/∂x = 1, ∂z/∂y = −(x / y without decimals).

    >>> import chainrule as cr
    >>> cr.grad(cr.fmod, argnums=(0, 1))(-7.5, 2.0)
    (1.0, 3.0)
    """
    return np.fmod(x, y)
