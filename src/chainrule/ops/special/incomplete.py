"""Incomplete gamma and beta functions, which are distribution functions of statistics.

The derivative by the upper limit of an integral is the integrand.  By the parameters of the
integrand none is known in closed form: they are constants.
"""

from __future__ import annotations

import math

from scipy import special

from chainrule.graph import Array
from chainrule.ops.define import apply, binary, called, elementwise, floating, lift_together
from chainrule.ops.elementwise import exp, log, log1p, where
from chainrule.ops.registry import provides
from chainrule.ops.special.derivatives import stirling_error
from chainrule.ops.special.entropies import kl_div, xlog1py, xlogy
from chainrule.ops.special.gamma_functions import betaln, gammaln
from chainrule.ops.special.orders import constant_in
from chainrule.ops.tensor import Operand, Tensor

__all__: list[str] = ["beta_log_density", "betainc", "betaincc", "gamma_log_density"]
__all__ += ["gammainc", "gammaincc", "stdtr"]


LARGE = 10.0
"""From where on the terms of a logarithm cancel so far that Stirling's formula is taken."""


def _all_small(*parameters: Tensor) -> bool:
    """Whether all entries of one of these are constants that are not large."""
    values = [one.node.value for one in parameters if one.node.constant]
    return any(value is not None and bool((value < LARGE).all()) for value in values)


def gamma_log_density(x: Tensor, a: Tensor) -> Tensor:
    """(a − 1)·ln x − x − ln Γ(a), whose terms nearly cancel for large a.

    There it is −kl_div(a, x) + ½·ln(a / 2π) − ln x − δ(a), by Stirling's formula with its error δ.

    >>> import numpy as np
    >>> from chainrule.ops.tensor import lift
    >>> f"{gamma_log_density(lift(np.float32(1e6)), lift(np.float32(1e6))).item():.7g}"
    '-7.826694'

    Loader, "Fast and accurate computation of binomial probabilities", 2000.
    """
    if _all_small(a):
        return xlogy(a - 1.0, x) - x - gammaln(a)
    large = (a >= LARGE) & (x > 0.0)
    a_0, x_0 = where(large, 1.0, a), where(large, 1.0, x)
    small = xlogy(a_0 - 1.0, x_0) - x_0 - gammaln(a_0)
    a, x = where(large, a, LARGE), where(large, x, LARGE)
    near = 0.5 * log(a / (2.0 * math.pi)) - log(x) - stirling_error(a) - kl_div(a, x)
    return where(large, near, small)


def beta_log_density(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """(a − 1)·ln x + (b − 1)·ln(1 − x) − ln B(a, b), for large a and b as `gamma_log_density`."""
    if _all_small(a, b):
        return xlogy(a - 1.0, x) + xlog1py(b - 1.0, -x) - betaln(a, b)
    large = (a >= LARGE) & (b >= LARGE) & (x > 0.0) & (x < 1.0)
    a_0, b_0, x_0 = where(large, 1.0, a), where(large, 1.0, b), where(large, 0.5, x)
    small = xlogy(a_0 - 1.0, x_0) + xlog1py(b_0 - 1.0, -x_0) - betaln(a_0, b_0)
    a, b, x = where(large, a, LARGE), where(large, b, LARGE), where(large, x, 0.5)
    n = a + b
    near = 0.5 * log(a * (b / n) / (2.0 * math.pi)) - log(x) - log1p(-x)
    near = near + stirling_error(n) - stirling_error(a) - stirling_error(b)
    near = near - kl_div(a, n * x) - kl_div(b, n * (1.0 - x))
    return where(large, near, small)


def _gamma_density(a: Tensor, x: Tensor) -> Tensor:
    """xᵃ⁻¹·e⁻ˣ / Γ(a), by its logarithm, since its factors overflow."""
    return exp(gamma_log_density(x, a))


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
    return g * exp(beta_log_density(x, a, b))


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
