"""The sinc function and its derivatives, which are all one primitive."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from chainrule.graph import Array
from chainrule.ops.define import apply, elementwise, floating
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

if TYPE_CHECKING:
    from chainrule.formula import Formula

__all__ = ["sinc"]

TERMS = 17
"""Terms of the power series; for |x| < 1 the next is below the rounding of float64."""


def _sinc(x: Array, order: int) -> Array:
    away = np.pi * np.where(x == 0, 1e-20, x)
    found = np.sin(away) / away
    if not order:
        return found
    # x·sinc(x) = sin(πx)/π, differentiated k times: x·s⁽ᵏ⁾ + k·s⁽ᵏ⁻¹⁾ = πᵏ⁻¹·sin⁽ᵏ⁾(πx)
    for k in range(1, order + 1):
        wave = (np.sin, np.cos)[k % 2](np.pi * x) * (-1.0 if k % 4 in (2, 3) else 1.0)
        found = (np.pi ** (k - 1) * wave - float(k) * found) / np.where(x == 0, 1.0, x)
    return np.where(np.abs(x) < 1.0, _series(x, order), found)


def _series(x: Array, order: int) -> Array:
    """The power series around 0, differentiated term by term."""
    first = (order + 1) // 2
    total = x * 0.0
    for m in reversed(range(first, first + TERMS)):
        size = math.pi ** (2 * m) / (2 * m + 1) / math.factorial(2 * m - order)
        total = total * (x * x) + (-1.0) ** m * size
    return total * x if (2 * first - order) else total


def _written(x: Formula, order: int) -> Formula:
    """sinc(x), or its derivative in terms of the one before: see `_sinc`."""
    from chainrule.formula.formula import lift as number
    from chainrule.formula.functions import Cases, Relation, call

    if not order:
        return call("sinc")(x)
    wave = call(("sin", "cos")[order % 2])(math.pi * x)
    wave = -wave if order % 4 in (2, 3) else wave
    slope = (math.pi ** (order - 1) * wave - order * _written(x, order - 1)) / x
    at_0 = 0.0 if order % 2 else (-1.0) ** (order // 2) * math.pi**order / (order + 1)
    return Cases(number(at_0), Relation(x, "=", number(0.0)), slope)


_SINC = elementwise(
    "sinc",
    _sinc,
    vjp=(lambda g, y, x, order: g * apply(_SINC, x, order=order + 1),),
    notation=_written,
    dtype=floating,
    complex=True,
)


@provides("sinc", np.sinc)
def sinc(x: Operand) -> Tensor:
    """sin(πx) / (πx), and 1 at 0; its derivatives are exact at 0, too.

    >>> sinc([0.0, 0.5, 1.0]).value.round(3)
    array([1.   , 0.637, 0.   ])
    """
    return apply(_SINC, lift(x), order=0)
