"""Sums, extremes and other functions of entries along axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.array_api.calls import call, on_values
from chainrule.array_api.creation import full
from chainrule.errors import ShapeError
from chainrule.ops.tensor import Axis, Operand, Tensor

__all__ = ["all", "any", "cumulative_prod", "cumulative_sum", "diff", "max", "mean", "min", "prod"]
__all__ += ["std", "sum", "var"]


def all(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether all entries are true, or not 0, along axes."""
    return on_values(np.all, x, axis=axis, keepdims=keepdims)


def any(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether any entry is true, or not 0, along axes."""
    return on_values(np.any, x, axis=axis, keepdims=keepdims)


def max(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest entry along axes: see `cr.max`."""
    return call(np.max, x, axis=axis, keepdims=keepdims)


def min(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The smallest entry along axes: see `cr.min`."""
    return call(np.min, x, axis=axis, keepdims=keepdims)


def mean(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean along axes: see `cr.mean`."""
    return call(np.mean, x, axis=axis, keepdims=keepdims)


def sum(x: Tensor, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Tensor:
    """The sum along axes, by default of at least 64-bit integers: see `cr.sum`."""
    return call(np.sum, x, axis=axis, dtype=dtype, keepdims=keepdims)


def prod(x: Tensor, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Tensor:
    """The product along axes, by default of at least 64-bit integers: see `cr.prod`."""
    return call(np.prod, x, axis=axis, dtype=dtype, keepdims=keepdims)


def std(
    x: Tensor, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False
) -> Tensor:
    """The standard deviation along axes, with the divisor n − correction: see `cr.std`."""
    return call(np.std, x, axis=axis, ddof=correction, keepdims=keepdims)


def var(
    x: Tensor, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False
) -> Tensor:
    """The variance along axes, with the divisor n − correction: see `cr.var`."""
    return call(np.var, x, axis=axis, ddof=correction, keepdims=keepdims)


def cumulative_sum(
    x: Tensor, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Tensor:
    """The sums of the entries up to each, after a 0 if `include_initial`: see `cr.cumsum`."""
    return _cumulative(np.cumsum, 0, x, axis, dtype, include_initial)


def cumulative_prod(
    x: Tensor, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Tensor:
    """The products of the entries up to each, after a 1 if `include_initial`."""
    return _cumulative(np.cumprod, 1, x, axis, dtype, include_initial)


def _cumulative(
    function: Callable[..., Any], start: int, x: Tensor, axis: int | None, dtype: Any, initial: bool
) -> Tensor:
    if axis is None and x.ndim != 1:
        expected, got = "an axis, or a vector", f"a tensor of shape {x.shape} without one"
        raise ShapeError(f"cumulative {function.__name__[3:]}", expected=expected, got=got)
    at = axis or 0
    found = call(function, x, axis=at, dtype=dtype)
    if not initial:
        return found
    lengths = list(found.shape)
    lengths[at] = 1
    return call(np.concatenate, [full(tuple(lengths), start, dtype=found.dtype), found], axis=at)


def diff(
    x: Tensor,
    /,
    *,
    axis: int = -1,
    n: int = 1,
    prepend: Operand | None = None,
    append: Operand | None = None,
) -> Tensor:
    """The differences of neighbours along an axis, n times."""
    edges = {"prepend": prepend, "append": append}
    given = {name: edge for name, edge in edges.items() if edge is not None}
    return call(np.diff, x, n=n, axis=axis, **given)
