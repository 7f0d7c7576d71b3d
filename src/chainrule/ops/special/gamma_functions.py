"""The gamma and beta functions, their logarithms and the derivatives of these."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from chainrule.arguments import whole_number
from chainrule.errors import DomainError
from chainrule.graph import Array, Kink
from chainrule.ops.define import binary, called, floating, unary
from chainrule.ops.elementwise import cos, sin, where
from chainrule.ops.registry import provides
from chainrule.ops.special.derivatives import polygamma, polygamma_difference
from chainrule.ops.tensor import Operand, Tensor, lift

__all__: list[str] = ["beta", "betaln", "digamma", "factorial", "gamma", "gammaln", "gammasgn"]
__all__ += ["loggamma", "multigammaln", "rgamma"]

NO_POLE = "a number that is not 0, -1, -2, …"


@unary(
    vjp=lambda g, y, x: g * polygamma(1.0, x),
    notation=called("digamma", r"\psi"),
    numpy=(special.digamma,),
    domain=NO_POLE,
)
def digamma(x: Array) -> Array:
    """ψ(x) = Γ′(x) / Γ(x), the derivative of ln Γ(x); its own is ψ′(x) = polygamma(1, x).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.digamma(cr.variable(1.0)), 12)
    Tensor(-0.577215664902)

    DLMF 5.2.2.
    """
    return special.digamma(x)


@unary(
    vjp=lambda g, y, x: g * (y * digamma(x)),
    notation=called("gamma", r"\Gamma"),
    numpy=(special.gamma,),
    domain=f"{NO_POLE}, at most 171",
)
def gamma(x: Array) -> Array:
    """Γ(x) = ∫₀^∞ tˣ⁻¹ e⁻ᵗ dt, which is (x − 1)! for whole numbers; the derivative is Γ(x)·ψ(x).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.gamma(cr.variable(5.0))
    Tensor(24.0)

    DLMF 5.2.1.
    """
    return special.gamma(x)


@unary(
    vjp=lambda g, y, x: g * digamma(x),
    notation=called("gammaln", r"\ln\Gamma"),
    numpy=(special.gammaln,),
    domain=NO_POLE,
)
def gammaln(x: Array) -> Array:
    """ln |Γ(x)|, without overflow; the derivative is ψ(x).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.gammaln(cr.variable(1000.0)), 12)
    Tensor(5905.220423209181)

    DLMF 5.2.1.
    """
    return special.gammaln(x)


@unary(
    vjp=lambda g, y, x: g * digamma(x),
    notation=called("loggamma", r"\ln\Gamma"),
    numpy=(special.loggamma,),
    domain="a positive number",
)
def loggamma(x: Array) -> Array:
    """ln Γ(x) for positive x, else nan; the derivative is ψ(x).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.loggamma(cr.variable(1.0))
    Tensor(0.0)

    DLMF 5.2.1.
    """
    return special.loggamma(x)


def _rgamma_slope(x: Tensor) -> Tensor:
    """−ψ(x) / Γ(x), below ½ by the reflection formula, DLMF 5.5.3: there ψ has poles."""
    below = x < 0.5
    u = where(below, 1.0 - x, x)
    angle = math.pi * where(below, x, 0.0)
    reflected = cos(angle) - digamma(u) * sin(angle) / math.pi
    return where(below, gamma(where(below, u, 1.0)) * reflected, -(digamma(u) * rgamma(u)))


@unary(
    vjp=lambda g, y, x: g * _rgamma_slope(x),
    notation=called("rgamma", r"1/\Gamma"),
    numpy=(special.rgamma,),
)
def rgamma(x: Array) -> Array:
    """1 / Γ(x), which is 0 at 0, −1, −2, …; the derivative is −ψ(x) / Γ(x), (−1)ⁿ·n! at x = −n.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.rgamma(cr.variable(5.0)), 12)
    Tensor(0.041666666667)

    DLMF 5.2.1.
    """
    return special.rgamma(x)


@unary(
    vjp=None,
    notation=called("gammasgn", r"\operatorname{sgn}\Gamma"),
    numpy=(special.gammasgn,),
    kink=Kink(
        lambda x: (x <= 0) & (x == np.floor(x)),
        "the sign of gamma jumps at 0, -1, -2, …; its derivative is taken as 0 everywhere",
    ),
)
def gammasgn(x: Array) -> Array:
    """The sign of Γ(x), so that Γ(x) = gammasgn(x) · e^gammaln(x); the derivative is taken as 0.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.gammasgn(cr.variable(-0.5))
    Tensor(-1.0)
    """
    return special.gammasgn(x)


@provides("multigammaln", special.multigammaln)
def multigammaln(a: Operand, d: int) -> Tensor:
    """ln Γ_d(a), the multivariate gamma function: d(d−1)/4·ln π + Σⱼ ln Γ(a − j/2), j = 0 … d−1.

    Raises OptionError unless d is a whole number, 1 or more, and DomainError unless 2a > d − 1.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.multigammaln(cr.variable(1.0), 1)
    Tensor(0.0)

    DLMF 35.3.4.
    """
    d, a = whole_number("scipy.special.multigammaln d", d, 1), lift(a)
    least = a.node.value
    if least is not None and (2 * least <= d - 1).any():
        raise DomainError(
            "scipy.special.multigammaln",
            expected=f"a above (d - 1)/2 = {(d - 1) / 2:g}",
            got=f"{np.min(least):g}",
        )
    total = gammaln(a)
    for j in range(1, d):
        total = total + gammaln(a - 0.5 * j)
    return total + d * (d - 1) / 4 * math.log(math.pi) if d > 1 else total


@provides("factorial", special.factorial)
def factorial(n: Operand) -> Tensor:
    """n! = Γ(n + 1), for any number n that is not negative, and 0 for those that are.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.factorial(cr.variable(4.0))
    Tensor(24.0)
    """
    n = lift(n)
    below = n < 0.0
    return where(below, 0.0, gamma(where(below, 0.0, n) + 1.0))


@binary(
    vjp=(
        lambda g, z, a, b: g * (z * polygamma_difference(a, b)),
        lambda g, z, a, b: g * (z * polygamma_difference(b, a)),
    ),
    notation=called("beta", r"\mathrm{B}"),
    numpy=(special.beta,),
    dtype=floating,
    domain="positive numbers",
)
def beta(a: Array, b: Array) -> Array:
    """B(a, b) = Γ(a)·Γ(b) / Γ(a + b).

    ∂z/∂a = z·(ψ(a) − ψ(a + b)),  ∂z/∂b = z·(ψ(b) − ψ(a + b))

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.beta(cr.variable(2.0), 2.0), 12)
    Tensor(0.166666666667)

    DLMF 5.12.1.
    """
    return special.beta(a, b)


@binary(
    vjp=(
        lambda g, z, a, b: g * polygamma_difference(a, b),
        lambda g, z, a, b: g * polygamma_difference(b, a),
    ),
    notation=called("betaln", r"\ln\mathrm{B}"),
    numpy=(special.betaln,),
    dtype=floating,
    domain="positive numbers",
)
def betaln(a: Array, b: Array) -> Array:
    """ln B(a, b), without overflow.

    ∂z/∂a = ψ(a) − ψ(a + b),  ∂z/∂b = ψ(b) − ψ(a + b)

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.betaln(cr.variable(1.0), 1.0)
    Tensor(0.0)

    DLMF 5.12.1.
    """
    return special.betaln(a, b)
