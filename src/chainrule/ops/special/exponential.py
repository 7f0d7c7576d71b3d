"""Functions about the exponential function: quotients, integrals and the confluent series."""

from __future__ import annotations

from scipy import special

from chainrule.graph import Array
from chainrule.ops.define import apply, called, elementwise, floating, lift_together, unary
from chainrule.ops.elementwise import exp, power
from chainrule.ops.registry import provides
from chainrule.ops.special.derivatives import scaled_derivative
from chainrule.ops.special.orders import constant_in
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["dawsn", "exp1", "exp10", "expi", "exprel", "hyp1f1"]


def _hyp1f1_vjp(g: Tensor, y: Tensor, a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    return g * (a / b * hyp1f1(a + 1.0, b + 1.0, x))


_HYP1F1 = elementwise(
    "hyp1f1",
    special.hyp1f1,
    vjp=(constant_in("hyp1f1", "a"), constant_in("hyp1f1", "b"), _hyp1f1_vjp),
    notation=called("hyp1f1", "M"),
    dtype=floating,
    domain="b that is not 0, -1, -2, …",
)


@provides("hyp1f1", special.hyp1f1)
def hyp1f1(a: Operand, b: Operand, x: Operand) -> Tensor:
    """Kummer's confluent series M(a, b, x): ∂y/∂x = a/b · M(a + 1, b + 1, x); a, b are constants.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.hyp1f1(1, 2, cr.variable(0.0))
    Tensor(1.0)

    DLMF 13.2.2 and 13.3.15.
    """
    return apply(_HYP1F1, *lift_together(a, b, x))


@unary(
    vjp=lambda g, y, x: g * (0.5 * hyp1f1(2.0, 3.0, x)),
    notation=called("exprel", r"\operatorname{exprel}"),
    numpy=(special.exprel,),
)
def exprel(x: Array) -> Array:
    """(eˣ − 1) / x, which is 1 at 0; the derivative is ½·M(2, 3, x), which loses no digits there.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.exprel(cr.variable(0.0))
    Tensor(1.0)
    """
    return special.exprel(x)


@unary(
    vjp=lambda g, y, x: -(g * (exp(-x) / x)),
    notation=called("exp1", "E_1"),
    numpy=(special.exp1,),
    domain="a positive number",
)
def exp1(x: Array) -> Array:
    """Exponential integral E₁(x) = ∫ₓ^∞ e⁻ᵗ/t dt; the derivative is −e⁻ˣ / x.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.exp1(cr.variable(1.0)), 12)
    Tensor(0.219383934396)

    DLMF 6.2.1.
    """
    return special.exp1(x)


@unary(
    vjp=lambda g, y, x: g * (exp(x) / x),
    notation=called("expi", r"\operatorname{Ei}"),
    numpy=(special.expi,),
    domain="a number that is not 0",
)
def expi(x: Array) -> Array:
    """Exponential integral Ei(x) = ∫₋∞ˣ eᵗ/t dt; the derivative is eˣ / x.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.expi(cr.variable(1.0)), 12)
    Tensor(1.895117816356)

    DLMF 6.2.5.
    """
    return special.expi(x)


@unary(
    vjp=lambda g, y, x: g * scaled_derivative("dawsn", x),
    notation=called("dawsn", "F"),
    numpy=(special.dawsn,),
)
def dawsn(x: Array) -> Array:
    """Dawson's integral F(x) = e^(−x²)·∫₀ˣ e^(t²) dt; the derivative is 1 − 2x·F(x).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.dawsn(cr.variable(0.0))
    Tensor(0.0)

    DLMF 7.2.5.
    """
    return special.dawsn(x)


@provides("exp10", special.exp10)
def exp10(x: Operand) -> Tensor:
    """10ˣ; the derivative is y·ln 10.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.exp10(cr.variable(2.0))
    Tensor(100.0)
    """
    return power(10.0, x)
