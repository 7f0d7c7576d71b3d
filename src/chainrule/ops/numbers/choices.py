"""Choices between numbers: the larger that is not nan, steps, and what stands for nan."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.ops import elementwise
from chainrule.ops.define import lift_together
from chainrule.ops.elementwise import (
    equal,
    greater,
    imag,
    less,
    logical_and,
    logical_or,
    maximum,
    minimum,
    not_equal,
    real,
    where,
)
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["fmax", "fmin", "heaviside", "isfinite", "isinf", "isnan", "nan_to_num"]


@provides("isnan", np.isnan)
def isnan(x: Operand) -> Tensor:
    """Whether a number is nan, which no number equals: x ≠ x.

    >>> isnan([1.0, np.nan])
    Tensor([False,  True], dtype=bool)
    """
    x = lift(x)
    return not_equal(x, x)


@provides("isinf", np.isinf)
def isinf(x: Operand) -> Tensor:
    """Whether a number is infinite: |x| = ∞.

    >>> isinf([1.0, -np.inf])
    Tensor([False,  True], dtype=bool)
    """
    x = lift(x)
    if x.dtype.kind == "c":  # whose absolute value may be beyond all floats where its parts are not
        return logical_or(isinf(real(x)), isinf(imag(x)))
    return equal(elementwise.abs(x), np.inf)


@provides("isfinite", np.isfinite)
def isfinite(x: Operand) -> Tensor:
    """Whether a number is neither nan nor infinite: |x| < ∞.

    >>> isfinite([1.0, np.nan, np.inf])
    Tensor([ True, False, False], dtype=bool)
    """
    x = lift(x)
    if x.dtype.kind == "c":
        return logical_and(isfinite(real(x)), isfinite(imag(x)))
    return less(elementwise.abs(x), np.inf)


def _or_other(extreme: Any, x: Operand, y: Operand) -> Tensor:
    x, y = lift_together(x, y)
    found: Tensor = extreme(x, y)
    return where(equal(x, x), where(equal(y, y), found, x), y)


@provides("fmax", np.fmax)
def fmax(x: Operand, y: Operand) -> Tensor:
    """The larger of two numbers, or the other one where one is nan.

    >>> fmax([1.0, np.nan], 0.5)
    Tensor([1. , 0.5])
    """
    return _or_other(maximum, x, y)


@provides("fmin", np.fmin)
def fmin(x: Operand, y: Operand) -> Tensor:
    """The smaller of two numbers, or the other one where one is nan.

    >>> fmin([1.0, np.nan], 0.5)
    Tensor([0.5, 0.5])
    """
    return _or_other(minimum, x, y)


@provides("heaviside", np.heaviside)
def heaviside(x1: Operand, x2: Operand) -> Tensor:
    """0 below 0, 1 above, and x₂ at 0; the derivative by x₁ is taken as 0.

    >>> heaviside([-1.0, 0.0, 2.0], 0.5)
    Tensor([0. , 0.5, 1. ])
    """
    x, at_0 = lift_together(x1, x2)
    dtype = np.heaviside(np.zeros((), x.dtype), np.zeros((), at_0.dtype)).dtype
    step = greater(x, 0).astype(dtype)
    step = where(not_equal(x, x), np.asarray(np.nan, dtype), step)
    return where(equal(x, 0), at_0.astype(dtype), step)


@provides("nan_to_num", np.nan_to_num)
def nan_to_num(
    x: Operand,
    copy: bool = True,
    nan: Operand = 0.0,
    posinf: Operand | None = None,
    neginf: Operand | None = None,
) -> Tensor:
    """The numbers, with others in place of nan and infinity, which get no gradient.

    Of a complex number, the real and the imaginary part are replaced each by itself.

    >>> nan_to_num([1.0, np.nan], nan=9.0)
    Tensor([1., 9.])
    """
    x = lift(x)
    if x.dtype.kind == "c":
        parts = [nan_to_num(part, copy, nan, posinf, neginf) for part in (real(x), imag(x))]
        return where(isfinite(x), x, _complex(*parts))
    if x.dtype.kind != "f":
        return x
    limits = np.finfo(x.dtype)
    x = where(not_equal(x, x), lift(nan).astype(x.dtype), x)
    most = lift(limits.max if posinf is None else posinf).astype(x.dtype)
    least = lift(limits.min if neginf is None else neginf).astype(x.dtype)
    x = where(equal(x, np.inf), most, x)
    return where(equal(x, -np.inf), least, x)


def _complex(re: Tensor, im: Tensor) -> Tensor:
    """re + i·im, infinite ones included: i·∞ is nan + i·∞, so the limits stand by themselves."""
    dtype = np.result_type(re.dtype, np.complex64)
    limit = np.array([complex(0, np.inf), complex(0, -np.inf)], dtype)
    imaginary = where(isfinite(im), im, 0.0).astype(dtype) * 1j
    imaginary = where(equal(im, np.inf), limit[0], imaginary)
    return re + where(equal(im, -np.inf), limit[1], imaginary)
