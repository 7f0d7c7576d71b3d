"""Reductions with NumPy's own arguments: `where` leaves out entries, `initial` adds one more."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.arguments import dtype_of, truth
from chainrule.errors import OptionError
from chainrule.ops import elementwise, reductions
from chainrule.ops.define import floating, normal_axes, real_part
from chainrule.ops.elementwise import maximum, minimum, root, where
from chainrule.ops.elementwise.complex_numbers import squared_size
from chainrule.ops.registry import provides
from chainrule.ops.shapes import broadcast_to
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["chosen", "count", "in_dtype", "largest", "mean_of", "product", "smallest", "spread"]
__all__ += ["total"]

ALL = True
"""The condition that leaves out nothing."""


def _as(a: Operand, dtype: Any) -> Tensor:
    return lift(a) if dtype is None else lift(a).astype(dtype_of("dtype", dtype))


def in_dtype(function: Callable[..., Tensor], x: Tensor, dtype: Any, *args: Any) -> Tensor:
    """The result of a sum or product in a dtype, to which the entries are converted before."""
    return _as(function(_as(x, dtype), *args), dtype)


def chosen(x: Tensor, condition: Any, otherwise: float) -> Tensor:
    """x where the condition holds, else a number of the same dtype."""
    return x if condition is ALL else where(condition, x, np.asarray(otherwise, x.dtype))


def count(x: Tensor, condition: Any, axis: Axis, keepdims: bool) -> Tensor | int:
    """How many entries there are along the axes where the condition holds."""
    axes = normal_axes(axis, x.ndim, "axis")
    if condition is ALL:
        return math.prod(x.shape[i] for i in axes)
    held = broadcast_to(lift(condition).astype(real_part(floating(x.dtype))), x.shape)
    return reductions.sum(held, axis, keepdims)


@provides("sum with options", np.sum)
def total(
    a: Operand,
    axis: Axis = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = ALL,
) -> Tensor:
    """The sum of the entries where a condition holds, and of an initial value.

    >>> total([1.0, 2.0], initial=3.0)
    Tensor(6.0)
    """
    found = in_dtype(reductions.sum, chosen(lift(a), where, 0), dtype, axis, keepdims)
    return found if initial is None else elementwise.add(found, initial)


@provides("prod with options", np.prod)
def product(
    a: Operand,
    axis: Axis = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = ALL,
) -> Tensor:
    """The product of the entries where a condition holds, and of an initial value.

    >>> product([1.0, 2.0], initial=3.0)
    Tensor(6.0)
    """
    found = in_dtype(reductions.prod, chosen(lift(a), where, 1), dtype, axis, keepdims)
    return found if initial is None else elementwise.mul(found, initial)


def _extreme(name: str, reduced: Callable[..., Tensor], either: Callable[..., Tensor]) -> Any:
    def record(
        a: Operand,
        axis: Axis = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = ALL,
    ) -> Tensor:
        x = lift(a)
        if initial is None:
            if where is not ALL:
                raise OptionError(
                    name,
                    expected="an initial value beside where=",
                    got="none",
                    remedy="add initial=",
                )
            return reduced(x, axis, keepdims)
        x = chosen(x, where, initial)
        axes = normal_axes(axis, x.ndim, name)
        if any(x.shape[i] == 0 for i in axes):
            lengths = [1 if i in axes else n for i, n in enumerate(x.shape)]
            kept = [n for i, n in enumerate(x.shape) if i not in axes]
            return broadcast_to(lift(initial).astype(x.dtype), lengths if keepdims else kept)
        return either(reduced(x, axis, keepdims), initial)

    return record


largest = _extreme("np.max", reductions.max, maximum)
smallest = _extreme("np.min", reductions.min, minimum)
provides("max with options", np.max, np.amax)(largest)
provides("min with options", np.min, np.amin)(smallest)


@provides("mean with options", np.mean)
def _mean(
    a: Operand, axis: Axis = None, dtype: Any = None, keepdims: bool = False, where: Any = ALL
) -> Tensor:
    return mean_of(_as(a, dtype), axis, truth("np.mean keepdims", keepdims), where)


def mean_of(x: Tensor, axis: Axis, keepdims: bool, condition: Any = ALL) -> Tensor:
    """The mean of the entries along axes where the condition holds."""
    if condition is ALL:
        return reductions.mean(x, axis, keepdims)
    x = x.astype(floating(x.dtype))
    numerator = reductions.sum(chosen(x, condition, 0), axis, keepdims)
    return numerator / count(x, condition, axis, keepdims)


@provides("var with options", np.var)
def _var(
    a: Operand,
    axis: Axis = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = ALL,
    mean: Any = None,
) -> Tensor:
    return spread(_as(a, dtype), axis, ddof, truth("np.var keepdims", keepdims), where, mean)


@provides("std with options", np.std)
def _std(
    a: Operand,
    axis: Axis = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = ALL,
    mean: Any = None,
) -> Tensor:
    x, kept = _as(a, dtype), truth("np.std keepdims", keepdims)
    if where is ALL and mean is None:
        return reductions.std(x, axis, kept, ddof=ddof)
    return root(spread(x, axis, ddof, kept, where, mean))


def spread(
    x: Tensor, axis: Axis, ddof: float, keepdims: bool, condition: Any = ALL, mean: Any = None
) -> Tensor:
    """The variance of the entries where the condition holds, about a mean that may be given."""
    if condition is ALL and mean is None:
        return reductions.var(x, axis, keepdims, ddof=ddof)
    x = chosen(x.astype(floating(x.dtype)), condition, 0)  # what is left out may be nan
    centre = mean_of(x, axis, True, condition) if mean is None else lift(mean)
    away = x - centre
    if mean is None:  # about a large one, it is off by its rounding
        away = away - mean_of(away, axis, True, condition)
    squares = chosen(squared_size(away), condition, 0)
    degrees = maximum(count(x, condition, axis, keepdims) - ddof, 0)
    return reductions.sum(squares, axis, keepdims) / degrees.astype(squares.dtype)


@provides("ptp", np.ptp)
def _ptp(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    return reductions.max(a, axis, keepdims) - reductions.min(a, axis, keepdims)
