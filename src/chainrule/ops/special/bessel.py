"""Bessel functions of the first and the second kind."""

from __future__ import annotations

import numpy as np
from scipy import special

from chainrule.arguments import shown
from chainrule.errors import OptionError
from chainrule.graph import Array
from chainrule.ops.define import apply, binary, called, elementwise, floating, lift_together, unary
from chainrule.ops.registry import FUNCTIONS, provides
from chainrule.ops.special.orders import constant_in
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["j0", "j1", "jv", "y0", "y1", "yn", "yv"]

POSITIVE = "a positive number"
WHOLE_BELOW_0 = "a number that is not negative, unless v is a whole number"


def _half_difference(name: str, v: Tensor, x: Tensor) -> Tensor:
    """The derivative of functions of the first and the second kind: DLMF 10.6.1."""
    function = FUNCTIONS[name]
    return 0.5 * (function(v - 1.0, x) - function(v + 1.0, x))


@binary(
    vjp=(constant_in("jv", "v"), lambda g, y, v, x: g * _half_difference("jv", v, x)),
    notation=called("jv", "J"),
    numpy=(special.jv,),
    dtype=floating,
    domain=WHOLE_BELOW_0,
)
def jv(v: Array, x: Array) -> Array:
    """Bessel function of the first kind J_v(x): ∂y/∂x = (J_{v−1}(x) − J_{v+1}(x)) / 2.

    The order v is a constant.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.jv(0, cr.variable(0.0))
    Tensor(1.0)

    DLMF 10.2.2 and 10.6.1.
    """
    return special.jv(v, x)


@unary(vjp=lambda g, y, x: -(g * j1(x)), notation=called("j0", "J_0"), numpy=(special.j0,))
def j0(x: Array) -> Array:
    """Bessel function of the first kind J₀(x); the derivative is −J₁(x).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.j0(cr.variable(0.0))
    Tensor(1.0)

    DLMF 10.6.3.
    """
    return special.j0(x)


def _j1_slope(x: Tensor) -> Tensor:
    return 0.5 * (j0(x) - jv(2.0, x))


@unary(
    vjp=lambda g, y, x: g * _j1_slope(x),
    notation=called("j1", "J_1"),
    numpy=(special.j1,),
)
def j1(x: Array) -> Array:
    """Bessel function of the first kind J₁(x); the derivative is (J₀(x) − J₂(x)) / 2.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.j1(cr.variable(0.0))
    Tensor(0.0)

    DLMF 10.6.1.
    """
    return special.j1(x)


@binary(
    vjp=(constant_in("yv", "v"), lambda g, y, v, x: g * _half_difference("yv", v, x)),
    notation=called("yv", "Y"),
    numpy=(special.yv,),
    dtype=floating,
    domain=POSITIVE,
)
def yv(v: Array, x: Array) -> Array:
    """Bessel function of the second kind Y_v(x): ∂y/∂x = (Y_{v−1}(x) − Y_{v+1}(x)) / 2.

    The order v is a constant.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.yv(0, cr.variable(1.0)), 12)
    Tensor(0.088256964216)

    DLMF 10.2.3 and 10.6.1.
    """
    return special.yv(v, x)


def _yn_vjp(g: Tensor, y: Tensor, n: Tensor, x: Tensor) -> Tensor:
    return g * _half_difference("yn", n, x)


_YN = elementwise(
    "yn",
    lambda n, x: special.yn(np.trunc(n), x),
    vjp=(constant_in("yn", "n"), _yn_vjp),
    notation=called("yn", "Y"),
    dtype=floating,
    domain=f"{POSITIVE} and a whole order",
)


@provides("yn", special.yn)
def yn(n: Operand, x: Operand) -> Tensor:
    """Bessel function of the second kind Y_n(x) of a whole order n, a constant; see `yv`.

    Raises OptionError for another order, which SciPy rounds towards 0 with a warning.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.yn(0, cr.variable(1.0)), 12)
    Tensor(0.088256964216)

    DLMF 10.2.3 and 10.6.1.
    """
    n, x = lift_together(n, x)
    order = n.node.value
    if order is not None and not np.all(order == np.trunc(order)):
        raise OptionError(
            "scipy.special.yn",
            expected="a whole order n",
            got=shown(order[()]),
            remedy="use scipy.special.yv for any order",
        )
    return apply(_YN, n, x)


@unary(
    vjp=lambda g, y, x: -(g * y1(x)),
    notation=called("y0", "Y_0"),
    numpy=(special.y0,),
    domain=POSITIVE,
)
def y0(x: Array) -> Array:
    """Bessel function of the second kind Y₀(x); the derivative is −Y₁(x).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.y0(cr.variable(1.0)), 12)
    Tensor(0.088256964216)

    DLMF 10.6.3.
    """
    return special.y0(x)


def _y1_slope(x: Tensor) -> Tensor:
    return 0.5 * (y0(x) - yn(2.0, x))


@unary(
    vjp=lambda g, y, x: g * _y1_slope(x),
    notation=called("y1", "Y_1"),
    numpy=(special.y1,),
    domain=POSITIVE,
)
def y1(x: Array) -> Array:
    """Bessel function of the second kind Y₁(x); the derivative is (Y₀(x) − Y₂(x)) / 2.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.y1(cr.variable(1.0)), 12)
    Tensor(-0.7812128213)

    DLMF 10.6.1.
    """
    return special.y1(x)
