"""What Stirling's formula leaves of ln Γ, which is small where ln Γ is large."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
from scipy import special

from chainrule.graph import Array
from chainrule.ops.define import apply, called, elementwise, floating
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["stirling_error"]

LARGE = 10.0
# B₂ₖ / (2k·(2k − 1)), of the Bernoulli numbers
SERIES = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)


def _far(a: Array, order: int) -> Array:
    total = np.zeros_like(a)
    for k in range(len(SERIES), 0, -1):
        falling = math.prod(1 - 2 * k - j for j in range(order))
        total += SERIES[k - 1] * falling * a ** (1 - 2 * k - order)
    return total


def _near(a: Array, order: int) -> Array:
    if order == 0:
        return special.gammaln(a) - (a - 0.5) * np.log(a) + a - 0.5 * math.log(2 * math.pi)
    n = order - 1
    sign, factorial = (-1.0) ** n, math.factorial(n)
    log_a = np.log(a) if n == 0 else -sign * math.factorial(n - 1) * a**-n
    return special.polygamma(n, a) - log_a + 0.5 * sign * factorial * a ** -(n + 1.0)


def _value(a: Array, order: int) -> Array:
    wide = np.asarray(a, np.float64)
    large = wide >= LARGE
    found = np.empty_like(wide)
    found[large], found[~large] = _far(wide[large], order), _near(wide[~large], order)
    return found.astype(a.dtype)


def _next(g: Tensor, y: Tensor, a: Tensor, order: int) -> Tensor:
    return g * stirling_error(a, order + 1)


def _notation(a: Any, order: int) -> Any:
    return called(f"stirling_error_{order}" if order else "stirling_error")(a)


_STIRLING_ERROR = elementwise(
    "stirling_error",
    _value,
    vjp=(_next,),
    notation=cast("Any", _notation),
    dtype=floating,
)


def stirling_error(a: Operand, order: int = 0) -> Tensor:
    """δ(a) = ln Γ(a) − (a − ½)·ln a + a − ½·ln 2π for a positive a, or its n-th derivative.

    >>> f"{stirling_error(1e10).item():.9g}"
    '8.33333333e-12'

    DLMF 5.11.1.
    """
    return apply(_STIRLING_ERROR, lift(a), order=order)
