"""Error functions, the normal distribution function, and their inverses.

DLMF is the Digital Library of Mathematical Functions of the NIST, https://dlmf.nist.gov.
"""

from __future__ import annotations

import math

from scipy import special

from chainrule.graph import Array
from chainrule.ops.define import called, unary
from chainrule.ops.elementwise import exp
from chainrule.ops.special.derivatives import scaled_derivative

__all__ = ["erfc", "erfcinv", "erfcx", "erfinv", "log_ndtr", "ndtri", "ndtri_exp"]

ROOT_PI, ROOT_2 = math.sqrt(math.pi), math.sqrt(2.0)
HALF_ROOT_PI, ROOT_2_PI = ROOT_PI / 2, ROOT_2 * ROOT_PI
ROOT_2_OVER_PI = ROOT_2 / ROOT_PI


@unary(
    vjp=lambda g, y, x: -(g * (2.0 / ROOT_PI * exp(-(x**2)))),
    notation=called("erfc", r"\operatorname{erfc}"),
    numpy=(special.erfc,),
    complex=True,
)
def erfc(x: Array) -> Array:
    """Complementary error function 1 − erf x, with all digits for large x.

    The derivative is −2/√π · e^(−x²).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.erfc(cr.variable(0.0))
    Tensor(1.0)

    DLMF 7.2.2.
    """
    return special.erfc(x)


@unary(
    vjp=lambda g, y, x: g * scaled_derivative("erfcx", x),
    notation=called("erfcx", r"\operatorname{erfcx}"),
    numpy=(special.erfcx,),
)
def erfcx(x: Array) -> Array:
    """Scaled complementary error function e^(x²)·erfc x, which does not underflow.

    The derivative is 2x·erfcx x − 2/√π, for large x by its asymptotic series.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.erfcx(cr.variable(0.0))
    Tensor(1.0)

    DLMF 7.2.3 (erfcx x is w(ix)).
    """
    return special.erfcx(x)


@unary(
    vjp=lambda g, y, x: g * (HALF_ROOT_PI * exp(y**2)),
    notation=called("erfinv", r"\operatorname{erf}^{-1}"),
    numpy=(special.erfinv,),
    domain="a number between -1 and 1",
)
def erfinv(x: Array) -> Array:
    """The number whose error function is x; the derivative is √π/2 · e^(y²).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.erfinv(cr.variable(0.0))
    Tensor(0.0)

    DLMF 7.17.1.
    """
    return special.erfinv(x)


@unary(
    vjp=lambda g, y, x: -(g * (HALF_ROOT_PI * exp(y**2))),
    notation=called("erfcinv", r"\operatorname{erfc}^{-1}"),
    numpy=(special.erfcinv,),
    domain="a number between 0 and 2",
)
def erfcinv(x: Array) -> Array:
    """The number whose complementary error function is x; the derivative is −√π/2 · e^(y²).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.erfcinv(cr.variable(1.0)) == 0.0
    Tensor(True, dtype=bool)

    DLMF 7.17.1.
    """
    return special.erfcinv(x)


@unary(
    vjp=lambda g, y, x: g * (ROOT_2_OVER_PI / erfcx(x / -ROOT_2)),
    notation=called("log_ndtr", r"\ln\Phi"),
    numpy=(special.log_ndtr,),
)
def log_ndtr(x: Array) -> Array:
    """ln Φ(x), with Φ the distribution function of the standard normal; exact in both tails.

    The derivative φ(x) / Φ(x) is computed as √(2/π) / erfcx(−x/√2), in which nothing underflows.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.log_ndtr(cr.variable(-40.0)), 12)
    Tensor(-804.608442013754)
    """
    return special.log_ndtr(x)


@unary(
    vjp=lambda g, y, x: g * (ROOT_2_PI * exp(0.5 * y**2)),
    notation=called("ndtri", r"\Phi^{-1}"),
    numpy=(special.ndtri,),
    domain="a number between 0 and 1",
)
def ndtri(x: Array) -> Array:
    """The quantile Φ⁻¹(x) of the standard normal; the derivative is √(2π) · e^(y²/2) = 1 / φ(y).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.ndtri(cr.variable(0.5))
    Tensor(0.0)
    """
    return special.ndtri(x)


@unary(
    vjp=lambda g, y, x: g * (erfcx(y / -ROOT_2) / ROOT_2_OVER_PI),
    notation=called("ndtri_exp", r"\Phi^{-1}\exp"),
    numpy=(special.ndtri_exp,),
    domain="a negative number",
)
def ndtri_exp(x: Array) -> Array:
    """The quantile Φ⁻¹(eˣ), the inverse of `log_ndtr`; the derivative is Φ(y) / φ(y).

    >>> import numpy as np, chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.ndtri_exp(cr.variable(-804.6084420137538)), 12)
    Tensor(-40.0)
    """
    return special.ndtri_exp(x)
