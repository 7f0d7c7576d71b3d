"""The polygamma functions, and their differences between nearly equal numbers.

DLMF is the Digital Library of Mathematical Functions of the NIST, https://dlmf.nist.gov.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from scipy import special

from chainrule.graph import Array
from chainrule.ops.define import apply, called, elementwise, floating, lift_together
from chainrule.ops.registry import provides
from chainrule.ops.special.orders import constant_in
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["polygamma", "polygamma_difference"]

NO_POLE = "a number that is not 0, -1, -2, …"


def _polygamma_vjp(g: Tensor, y: Tensor, n: Tensor, x: Tensor) -> Tensor:
    return g * polygamma(n + 1.0, x)


_POLYGAMMA = elementwise(
    "polygamma",
    special.polygamma,
    vjp=(constant_in("polygamma", "n"), _polygamma_vjp),
    notation=called("polygamma", r"\psi"),
    dtype=floating,
    domain=NO_POLE,
)


@provides("polygamma", special.polygamma)
def polygamma(n: Operand, x: Operand) -> Tensor:
    """The n-th derivative of the digamma function; ∂y/∂x is the next one.  n is a constant.

    ψ⁽ⁿ⁾(x) = (−1)ⁿ⁺¹ n! Σₖ 1 / (x + k)ⁿ⁺¹  for n ≥ 1

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.polygamma(1, cr.variable(1.0)), 12)
    Tensor(1.644934066848)

    DLMF 5.15.
    """
    return apply(_POLYGAMMA, *lift_together(n, x))


SHIFT = 10
# B₂ₖ / 2k, of the Bernoulli numbers
SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)


def _digamma_difference(a: Array, b: Array) -> Array:
    """ψ(a) − ψ(a + b) of positive numbers: every term is negative, DLMF 5.5.2, or small, 5.11.2."""
    total = np.zeros_like(a)
    for k in range(SHIFT):
        total -= b / (a + k) / (a + b + k)
    a = a + SHIFT
    u, v = 1.0 / a, 1.0 / (a + b)
    apart = b / a * v  # u − v
    total -= np.log1p(b / a) + 0.5 * apart
    squares, powers = (u + v) * apart, np.ones_like(u)  # u² − v², Σ u²ⁱ·v²ʲ over i + j = k − 1
    rest = v**2
    for coefficient in SERIES:
        total -= coefficient * squares * powers
        powers = powers * u**2 + rest
        rest = rest * v**2
    return total


def _polygamma_difference(a: Array, b: Array, n: int) -> Array:
    dtype = np.result_type(a, b)
    a, b = np.broadcast_arrays(a.astype(np.float64), b.astype(np.float64))
    found = np.asarray(special.polygamma(n, a) - special.polygamma(n, a + b))
    if n == 0:
        near = (a > 0.0) & (b > 0.0) & (b < a)
        found[near] = _digamma_difference(a[near], b[near])
    return found.astype(dtype)


def _notation(a: Any, b: Any, n: int) -> Any:
    if n == 0:
        digamma = called("digamma", r"\psi")
        return digamma(a) - digamma(a + b)
    polygamma = called("polygamma", r"\psi")
    return polygamma(n, a) - polygamma(n, a + b)


def _by_the_first(g: Tensor, z: Tensor, a: Tensor, b: Tensor, n: int) -> Tensor:
    return g * polygamma_difference(a, b, n + 1)


def _by_the_second(g: Tensor, z: Tensor, a: Tensor, b: Tensor, n: int) -> Tensor:
    return -(g * polygamma(n + 1.0, a + b))


_POLYGAMMA_DIFFERENCE = elementwise(
    "polygamma_difference",
    _polygamma_difference,
    vjp=(_by_the_first, _by_the_second),
    notation=cast("Any", _notation),
    dtype=floating,
)


def polygamma_difference(a: Operand, b: Operand, n: int = 0) -> Tensor:
    """ψ⁽ⁿ⁾(a) − ψ⁽ⁿ⁾(a + b), for n = 0 with all digits where b is small beside a positive a.

    >>> polygamma_difference(1e15, 1.0)
    Tensor(-1e-15)

    DLMF 5.5.2 and 5.11.2.
    """
    return apply(_POLYGAMMA_DIFFERENCE, *lift_together(a, b), n=n)
