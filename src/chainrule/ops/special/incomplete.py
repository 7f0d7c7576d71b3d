"""Incomplete gamma and beta functions, which are distribution functions of statistics.

The derivative by the upper limit of an integral is the integrand.  By the parameters of the
integrand none is known in closed form: they are constants.
"""

from __future__ import annotations

from scipy import special

from chainrule.graph import Array
from chainrule.ops.define import apply, binary, called, elementwise, floating, lift_together
from chainrule.ops.elementwise import exp, log, log1p
from chainrule.ops.registry import provides
from chainrule.ops.special.entropies import xlog1py, xlogy
from chainrule.ops.special.gamma_functions import betaln, gammaln
from chainrule.ops.special.orders import constant_in
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["betainc", "betaincc", "gammainc", "gammaincc", "stdtr"]


def _gamma_density(a: Tensor, x: Tensor) -> Tensor:
    """xᵃ⁻¹·e⁻ˣ / Γ(a), by its logarithm, since its factors overflow."""
    return exp(xlogy(a - 1.0, x) - x - gammaln(a))


@binary(
    vjp=(constant_in("gammainc", "a"), lambda g, z, a, x: g * _gamma_density(a, x)),
    notation=called("gammainc", "P"),
    numpy=(special.gammainc,),
    dtype=floating,
    domain="a ≥ 0 and x ≥ 0",
)
def gammainc(a: Array, x: Array) -> Array:
    """P(a, x) = 1/Γ(a) · ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt; ∂z/∂x = xᵃ⁻¹ e⁻ˣ / Γ(a), and a is a constant.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.gammainc(1, cr.variable(0.0))
    Tensor(0.0)

    DLMF 8.2.4.
    """
    return special.gammainc(a, x)


@binary(
    vjp=(constant_in("gammaincc", "a"), lambda g, z, a, x: -(g * _gamma_density(a, x))),
    notation=called("gammaincc", "Q"),
    numpy=(special.gammaincc,),
    dtype=floating,
    domain="a ≥ 0 and x ≥ 0",
)
def gammaincc(a: Array, x: Array) -> Array:
    """Q(a, x) = 1 − P(a, x), with all digits for large x; a is a constant.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.gammaincc(1, cr.variable(0.0))
    Tensor(1.0)

    DLMF 8.2.4.
    """
    return special.gammaincc(a, x)


def _betainc_vjp(g: Tensor, z: Tensor, a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    """g·xᵃ⁻¹·(1 − x)ᵇ⁻¹ / B(a, b), by its logarithm."""
    return g * exp(xlogy(a - 1.0, x) + xlog1py(b - 1.0, -x) - betaln(a, b))


def _betaincc_vjp(g: Tensor, z: Tensor, a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    return -_betainc_vjp(g, z, a, b, x)


_BETAINC = elementwise(
    "betainc",
    special.betainc,
    vjp=(constant_in("betainc", "a"), constant_in("betainc", "b"), _betainc_vjp),
    notation=called("betainc", "I"),
    dtype=floating,
    domain="positive a and b, and x between 0 and 1",
)


@provides("betainc", special.betainc)
def betainc(a: Operand, b: Operand, x: Operand) -> Tensor:
    """I_x(a, b) = 1/B(a, b) · ∫₀ˣ tᵃ⁻¹ (1 − t)ᵇ⁻¹ dt; a and b are constants.

    ∂z/∂x = xᵃ⁻¹ (1 − x)ᵇ⁻¹ / B(a, b)

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.betainc(2, 2, cr.variable(0.5))
    Tensor(0.5)

    DLMF 8.17.2.
    """
    return apply(_BETAINC, *lift_together(a, b, x))


_BETAINCC = elementwise(
    "betaincc",
    special.betaincc,
    vjp=(constant_in("betaincc", "a"), constant_in("betaincc", "b"), _betaincc_vjp),
    notation=called("betaincc", r"\bar I"),
    dtype=floating,
    domain="positive a and b, and x between 0 and 1",
)


@provides("betaincc", special.betaincc)
def betaincc(a: Operand, b: Operand, x: Operand) -> Tensor:
    """1 − I_x(a, b), with all digits for x near 1; a and b are constants.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.betaincc(2, 2, cr.variable(0.5))
    Tensor(0.5)

    DLMF 8.17.4.
    """
    return apply(_BETAINCC, *lift_together(a, b, x))


def _student_density(n: Tensor, t: Tensor) -> Tensor:
    """Γ((n + 1)/2) / (Γ(n/2)·√(nπ)) · (1 + t²/n)^(−(n + 1)/2), by its logarithm."""
    spread = (n + 1.0) / 2.0 * log1p(t * (t / n))
    return exp(-betaln(0.5 * n, 0.5) - 0.5 * log(n) - spread)


@binary(
    vjp=(constant_in("stdtr", "df"), lambda g, z, n, t: g * _student_density(n, t)),
    notation=called("stdtr", r"\operatorname{stdtr}"),
    numpy=(special.stdtr,),
    dtype=floating,
    domain="a positive number of degrees of freedom",
)
def stdtr(n: Array, t: Array) -> Array:
    """The distribution function of Student's t; ∂z/∂t is its density, and n is a constant.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.stdtr(3, cr.variable(0.0))
    Tensor(0.5)
    """
    return special.stdtr(n, t)
