"""Derivatives of functions that an exponential is divided out of, which decay like powers of x.

Far out, the formula of such a derivative subtracts numbers that agree in all but their last digits.
There the asymptotic series of the function is differentiated term by term.  DLMF is the Digital
Library of Mathematical Functions of the NIST, https://dlmf.nist.gov.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from scipy import special

from chainrule.graph import Array
from chainrule.ops.define import apply, called, elementwise, floating, lift_together
from chainrule.ops.special.orders import constant_in
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["scaled_derivative"]

SIGN = called("sign")
TERMS = 15
FAR = {"erfcx": 10.0, "dawsn": 10.0, "ive": 30.0, "kve": 30.0}
"""From where on the first terms of each series give all digits of float64."""

OF = {"i0e": "ive", "i1e": "ive"}
"""Functions that are others, of order 0 or 1."""


def _terms(function: str, v: Array) -> Iterator[tuple[float, Any]]:
    """The power of 1/x and the coefficient of each term: DLMF 7.12.1, 10.40.1 and 10.40.2."""
    if function in ("erfcx", "dawsn"):
        sign = -1.0 if function == "erfcx" else 1.0
        coefficient = 1.0 / math.sqrt(math.pi) if function == "erfcx" else 0.5
        for k in range(TERMS):
            yield 2 * k + 1, coefficient
            coefficient *= sign * (2 * k + 1) / 2.0
        return
    sign = -1.0 if function == "ive" else 1.0
    numbers = np.full_like(v, math.sqrt(0.5 / math.pi if function == "ive" else 0.5 * math.pi))
    for k in range(TERMS):
        yield k + 0.5, numbers
        numbers = sign * numbers * (4.0 * v**2 - (2 * k + 1) ** 2) / (8.0 * (k + 1))


def _far(function: str, v: Array, x: Array, order: int) -> Array:
    """(d/dx)ⁿ Σ c·x⁻ᵖ = (−1)ⁿ Σ c·p·(p + 1)···(p + n − 1)·x⁻ᵖ⁻ⁿ, for positive x."""
    total = np.zeros_like(x)
    for power, coefficient in reversed(list(_terms(function, v))):
        rising = math.prod(power + j for j in range(order))
        total += coefficient * rising * x ** -(power + order)
    return -total if order % 2 else total


def _near(function: str, v: Array, x: Array, order: int) -> Array:
    if function == "erfcx":
        before, now = special.erfcx(x), 2.0 * x * special.erfcx(x) - 2.0 / math.sqrt(math.pi)
        for n in range(1, order):
            before, now = now, 2.0 * x * now + 2.0 * n * before
        return now
    if function == "dawsn":
        before, now = special.dawsn(x), 1.0 - 2.0 * x * special.dawsn(x)
        for n in range(1, order):
            before, now = now, -2.0 * x * now - 2.0 * n * before
        return now
    scaled = special.ive if function == "ive" else special.kve
    outer = -np.sign(x) if function == "ive" else np.ones_like(x)
    inner = 0.5 if function == "ive" else -0.5
    total = np.zeros_like(x)
    for k in range(order + 1):
        orders = [math.comb(k, j) * scaled(v - k + 2 * j, x) for j in range(k + 1)]
        total += math.comb(order, k) * outer ** (order - k) * inner**k * sum(orders)
    return total


def _value(v: Array, x: Array, function: str, order: int) -> Array:
    dtype, name = x.dtype, OF.get(function, function)
    v, x = np.broadcast_arrays(v.astype(np.float64), x.astype(np.float64))
    size = x if name in ("erfcx", "kve") else np.abs(x)
    far = (size > FAR[name]) & (2.0 * v**2 < size)
    found = np.empty(x.shape)
    found[~far] = _near(name, v[~far], x[~far], order)
    v, x, size = v[far], x[far], size[far]
    if name == "dawsn":
        sign = np.sign(x) ** (order + 1)
    elif name == "ive":
        whole = np.where(v == np.floor(v), np.where(v % 2.0 == 0.0, 1.0, -1.0), np.nan)
        sign = np.where(x > 0.0, 1.0, whole * (-1.0) ** order)
    else:
        sign = np.ones_like(x)
    found[far] = sign * _far(name, v, size, order)
    return found.astype(dtype)


def _notation(v: Any, x: Any, function: str, order: int) -> Any:
    call = called(function)
    if order > 1:
        return called(f"{function}_{order}")(*((v, x) if function in ("ive", "kve") else (x,)))
    if function == "erfcx":
        return 2 * x * call(x) - 2 / math.sqrt(math.pi)
    if function == "dawsn":
        return 1 - 2 * x * call(x)
    if function == "i0e":
        return called("i1e")(x) - SIGN(x) * call(x)
    if function == "i1e":
        return (called("i0e")(x) + called("ive")(2, x)) / 2 - SIGN(x) * call(x)
    around = (call(v - 1, x) + call(v + 1, x)) / 2
    return around - SIGN(x) * call(v, x) if function == "ive" else call(v, x) - around


def _next(g: Tensor, y: Tensor, v: Tensor, x: Tensor, function: str, order: int) -> Tensor:
    return g * scaled_derivative(function, x, v, order + 1)


_DERIVATIVE = elementwise(
    "scaled_derivative",
    _value,
    vjp=(constant_in("scaled_derivative", "v"), _next),
    notation=cast("Any", _notation),
    dtype=floating,
)


def scaled_derivative(function: str, x: Operand, v: Operand = 0.0, order: int = 1) -> Tensor:
    """The n-th derivative by x of erfcx, dawsn, i0e, i1e, or of ive or kve of order v.

    >>> f"{scaled_derivative('dawsn', 1e8).item():.12g}"
    '-5e-17'

    DLMF 7.12.1, 10.40.1 and 10.40.2.
    """
    return apply(_DERIVATIVE, *lift_together(v, x), function=function, order=order)
