"""Functions of each entry: all have the same form, so a table says what NumPy calls them."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.array_api.calls import call, on_values
from chainrule.ops.tensor import Operand, Tensor, lift

UNARY = """abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor
isfinite isinf isnan log log10 log1p log2 logical_not negative reciprocal round sign
signbit sin sinh sqrt square tan tanh trunc""".split()
"""The names of functions of one operand; NumPy has them, too."""

BINARY = """add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor
copysign divide equal floor_divide greater greater_equal hypot less less_equal logaddexp
logical_and logical_or logical_xor maximum minimum multiply nextafter not_equal pow
remainder subtract""".split()
"""The names of functions of two operands; NumPy has them, too."""

__all__ = [*UNARY, *BINARY, "clip", "positive"]


def _unary(name: str) -> Callable[[Operand], Tensor]:
    function = getattr(np, name)

    def applied(x: Operand, /) -> Tensor:
        return call(function, x)

    return _named(applied, name)


def _binary(name: str) -> Callable[[Operand, Operand], Tensor]:
    function = getattr(np, name)

    def applied(x1: Operand, x2: Operand, /) -> Tensor:
        return call(function, x1, x2)

    return _named(applied, name)


def _named(function: Any, name: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`numpy.{name}` of each entry."
    return function


globals().update({name: _unary(name) for name in UNARY})
globals().update({name: _binary(name) for name in BINARY})


def positive(x: Operand, /) -> Tensor:
    """The tensor itself."""
    return lift(x)


def clip(x: Operand, /, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """The entries limited to an interval, in their dtype."""
    apply = call if lift(x).spec.differentiable else on_values
    return lift(x) if min is None and max is None else apply(np.clip, x, min, max)
