"""Modified Bessel functions, and those scaled by an exponential, which do not overflow."""

from __future__ import annotations

from scipy import special

from chainrule.graph import Array, Kink
from chainrule.ops.define import binary, called, floating, unary
from chainrule.ops.registry import FUNCTIONS
from chainrule.ops.special.bessel import POSITIVE, WHOLE_BELOW_0
from chainrule.ops.special.derivatives import scaled_derivative
from chainrule.ops.special.orders import constant_in
from chainrule.ops.tensor import Tensor

__all__ = ["i0", "i0e", "i1", "i1e", "iv", "ive", "k0", "k1", "kv", "kve"]


def _half_sum(name: str, v: Tensor, x: Tensor) -> Tensor:
    """The derivative of I_v, and of −K_v: DLMF 10.29.1."""
    function = FUNCTIONS[name]
    return 0.5 * (function(v - 1.0, x) + function(v + 1.0, x))


@binary(
    vjp=(constant_in("iv", "v"), lambda g, y, v, x: g * _half_sum("iv", v, x)),
    notation=called("iv", "I"),
    numpy=(special.iv,),
    dtype=floating,
    domain=WHOLE_BELOW_0,
)
def iv(v: Array, x: Array) -> Array:
    """Modified Bessel function of the first kind I_v(x): ∂y/∂x = (I_{v−1}(x) + I_{v+1}(x)) / 2.

    The order v is a constant.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.iv(0, cr.variable(0.0))
    Tensor(1.0)

    DLMF 10.25.2 and 10.29.1.
    """
    return special.iv(v, x)


@binary(
    vjp=(
        constant_in("ive", "v"),
        lambda g, y, v, x: g * scaled_derivative("ive", x, v),
    ),
    notation=called("ive", r"I^{e}"),
    numpy=(special.ive,),
    dtype=floating,
    kink=Kink(
        lambda v, x: (x == 0) & (v == 0),
        "at 0 the scaled function of order 0 has a corner; its derivative there is taken as 0",
    ),
    domain=WHOLE_BELOW_0,
)
def ive(v: Array, x: Array) -> Array:
    """I_v(x)·e^−|x|: ∂y/∂x = (ive(v − 1, x) + ive(v + 1, x)) / 2 − sign(x)·y; v is a constant.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.ive(0, cr.variable(0.0))
    Tensor(1.0)

    DLMF 10.29.1.
    """
    return special.ive(v, x)


@unary(vjp=lambda g, y, x: g * i1(x), notation=called("i0", "I_0"), numpy=(special.i0,))
def i0(x: Array) -> Array:
    """Modified Bessel function of the first kind I₀(x); the derivative is I₁(x).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.i0(cr.variable(0.0))
    Tensor(1.0)

    DLMF 10.29.3.
    """
    return special.i0(x)


def _i1_slope(x: Tensor) -> Tensor:
    return 0.5 * (i0(x) + iv(2.0, x))


@unary(
    vjp=lambda g, y, x: g * _i1_slope(x),
    notation=called("i1", "I_1"),
    numpy=(special.i1,),
)
def i1(x: Array) -> Array:
    """Modified Bessel function of the first kind I₁(x); the derivative is (I₀(x) + I₂(x)) / 2.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.i1(cr.variable(0.0))
    Tensor(0.0)

    DLMF 10.29.1.
    """
    return special.i1(x)


@unary(
    vjp=lambda g, y, x: g * scaled_derivative("i0e", x),
    notation=called("i0e", "I^{e}_0"),
    numpy=(special.i0e,),
    kink=Kink(lambda x: x == 0, "i0e has a corner at 0; its derivative there is taken as 0"),
)
def i0e(x: Array) -> Array:
    """I₀(x)·e^−|x|; the derivative is i1e(x) − sign(x)·i0e(x), 0 at the corner.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.i0e(cr.variable(0.0))
    Tensor(1.0)

    DLMF 10.29.3.
    """
    return special.i0e(x)


@unary(
    vjp=lambda g, y, x: g * scaled_derivative("i1e", x, 1.0),
    notation=called("i1e", "I^{e}_1"),
    numpy=(special.i1e,),
)
def i1e(x: Array) -> Array:
    """I₁(x)·e^−|x|; the derivative is (i0e(x) + ive(2, x)) / 2 − sign(x)·i1e(x).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.i1e(cr.variable(0.0))
    Tensor(0.0)

    DLMF 10.29.1.
    """
    return special.i1e(x)


@binary(
    vjp=(constant_in("kv", "v"), lambda g, y, v, x: -(g * _half_sum("kv", v, x))),
    notation=called("kv", "K"),
    numpy=(special.kv,),
    dtype=floating,
    domain=POSITIVE,
)
def kv(v: Array, x: Array) -> Array:
    """Modified Bessel function of the second kind K_v(x): ∂y/∂x = −(K_{v−1}(x) + K_{v+1}(x)) / 2.

    The order v is a constant.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.kv(0, cr.variable(1.0)), 12)
    Tensor(0.421024438241)

    DLMF 10.27.4 and 10.29.1.
    """
    return special.kv(v, x)


@binary(
    vjp=(
        constant_in("kve", "v"),
        lambda g, y, v, x: g * scaled_derivative("kve", x, v),
    ),
    notation=called("kve", "K^{e}"),
    numpy=(special.kve,),
    dtype=floating,
    domain=POSITIVE,
)
def kve(v: Array, x: Array) -> Array:
    """K_v(x)·eˣ: ∂y/∂x = y − (kve(v − 1, x) + kve(v + 1, x)) / 2; the order v is a constant.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.kve(0, cr.variable(1.0)), 12)
    Tensor(1.144463079807)

    DLMF 10.29.1.
    """
    return special.kve(v, x)


@unary(
    vjp=lambda g, y, x: -(g * k1(x)),
    notation=called("k0", "K_0"),
    numpy=(special.k0,),
    domain=POSITIVE,
)
def k0(x: Array) -> Array:
    """Modified Bessel function of the second kind K₀(x); the derivative is −K₁(x).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.k0(cr.variable(1.0)), 12)
    Tensor(0.421024438241)

    DLMF 10.29.3.
    """
    return special.k0(x)


def _k1_slope(x: Tensor) -> Tensor:
    return -0.5 * (k0(x) + kv(2.0, x))


@unary(
    vjp=lambda g, y, x: g * _k1_slope(x),
    notation=called("k1", "K_1"),
    numpy=(special.k1,),
    domain=POSITIVE,
)
def k1(x: Array) -> Array:
    """Modified Bessel function of the second kind K₁(x); the derivative is −(K₀(x) + K₂(x)) / 2.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.k1(cr.variable(1.0)), 12)
    Tensor(0.601907230197)

    DLMF 10.29.1.
    """
    return special.k1(x)
