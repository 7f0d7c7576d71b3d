"""Polynomials given by their coefficients, the highest power first, as NumPy's old functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import whole_number
from chainrule.errors import OptionError
from chainrule.ops.define import lift_together
from chainrule.ops.elementwise import add, mul, sub
from chainrule.ops.registry import provides
from chainrule.ops.shapes import concatenate, pad, zeros_like
from chainrule.ops.signals.convolutions import convolve
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["polyadd", "polyder", "polyint", "polymul", "polysub", "polyval"]


def _coefficients(name: str, p: Any) -> Tensor:
    found = lift(p)
    if found.ndim > 1:
        expected = "a vector of coefficients"
        raise OptionError(name, expected=expected, got=f"shape {found.shape}")
    return found if found.ndim else found.reshape(1)


@provides("polyval", np.polyval)
def polyval(p: Operand, x: Operand) -> Tensor:
    """p₀·xⁿ + … + pₙ₋₁·x + pₙ, by Horner's scheme.

    >>> polyval([1.0, 0.0, 2.0], 3.0)
    Tensor(11.0)
    """
    coefficients, x = lift_together(_coefficients("np.polyval", p), x)
    found = zeros_like(x)
    for k in range(coefficients.size):
        found = add(mul(found, x), coefficients[k]) if k else add(found, coefficients[k])
    return found


def _aligned(name: str, a: Operand, b: Operand) -> tuple[Tensor, Tensor]:
    x, y = _coefficients(name, a), _coefficients(name, b)
    n = max(x.size, y.size)
    return pad(x, (n - x.size, 0)), pad(y, (n - y.size, 0))


@provides("polyadd", np.polyadd)
def polyadd(a1: Operand, a2: Operand) -> Tensor:
    """The coefficients of the sum of two polynomials.

    >>> polyadd([1.0, 2.0], [5.0])
    Tensor([1., 7.])
    """
    return add(*_aligned("np.polyadd", a1, a2))


@provides("polysub", np.polysub)
def polysub(a1: Operand, a2: Operand) -> Tensor:
    """The coefficients of the difference of two polynomials.

    >>> polysub([1.0, 2.0], [5.0])
    Tensor([ 1., -3.])
    """
    return sub(*_aligned("np.polysub", a1, a2))


@provides("polymul", np.polymul)
def polymul(a1: Operand, a2: Operand) -> Tensor:
    """The coefficients of the product of two polynomials.

    >>> polymul([1.0, 1.0], [1.0, -1.0])
    Tensor([ 1.,  0., -1.])
    """
    return convolve(a1, a2)


@provides("polyder", np.polyder)
def polyder(p: Operand, m: int = 1) -> Tensor:
    """The coefficients of the m-th derivative of a polynomial.

    >>> polyder([1.0, 0.0, 2.0])
    Tensor([2., 0.])
    """
    x = _coefficients("np.polyder", p)
    for _ in range(whole_number("np.polyder m", m, 0)):
        x = x[:-1] * np.arange(x.size - 1, 0, -1)
    return x


@provides("polyint", np.polyint)
def polyint(p: Operand, m: int = 1, k: Any = None) -> Tensor:
    """The coefficients of the m-th integral of a polynomial, with the constants k.

    >>> polyint([2.0, 0.0], k=3.0)
    Tensor([1., 0., 3.])
    """
    x, times = _coefficients("np.polyint", p), whole_number("np.polyint m", m, 0)
    constants = lift([0.0] * times) if k is None else _coefficients("np.polyint k", k)
    if constants.size == 1 and times > 1:
        constants = lift(np.ones(times)) * constants
    if constants.size < times:
        expected = f"one constant, or {times}"
        raise OptionError("np.polyint k", expected=expected, got=f"{constants.size}")
    for i in range(times):
        x = concatenate([x / np.arange(x.size, 0, -1), constants[i : i + 1]])
    return x
