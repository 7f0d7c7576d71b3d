"""Reductions that leave out the entries that are nan."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import dtype_of, truth
from chainrule.ops import reductions
from chainrule.ops.elementwise import equal, logical_and, maximum, minimum, root, where
from chainrule.ops.registry import provides
from chainrule.ops.statistics.options import (
    ALL,
    chosen,
    count,
    largest,
    mean_of,
    product,
    smallest,
    spread,
    total,
)
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar"]


def _present(a: Operand, dtype: Any, condition: Any) -> tuple[Tensor, Tensor]:
    """The entries, and which of them count: those that are not nan and meet the condition."""
    x = lift(a) if dtype is None else lift(a).astype(dtype_of("dtype", dtype))
    held = equal(x, x)
    return x, held if condition is ALL else logical_and(held, condition)


@provides("nansum", np.nansum)
def nansum(
    a: Operand,
    axis: Axis = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = ALL,
) -> Tensor:
    """The sum of the entries that are not nan.

    >>> nansum([1.0, np.nan, 2.0])
    Tensor(3.0)
    """
    x, held = _present(a, None, where)
    return total(x, axis, dtype, keepdims, initial, held)


@provides("nanprod", np.nanprod)
def nanprod(
    a: Operand,
    axis: Axis = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = ALL,
) -> Tensor:
    """The product of the entries that are not nan.

    >>> nanprod([3.0, np.nan, 2.0])
    Tensor(6.0)
    """
    x, held = _present(a, None, where)
    return product(x, axis, dtype, keepdims, initial, held)


@provides("nanmean", np.nanmean)
def nanmean(
    a: Operand, axis: Axis = None, dtype: Any = None, keepdims: bool = False, where: Any = ALL
) -> Tensor:
    """The mean of the entries that are not nan; nan where all are.

    >>> nanmean([1.0, np.nan, 2.0])
    Tensor(1.5)
    """
    x, held = _present(a, dtype, where)
    return mean_of(x, axis, truth("np.nanmean keepdims", keepdims), held)


@provides("nanvar", np.nanvar)
def nanvar(
    a: Operand,
    axis: Axis = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = ALL,
    mean: Any = None,
) -> Tensor:
    """The variance of the entries that are not nan; nan where there are no more than ddof.

    >>> nanvar([1.0, np.nan, 3.0])
    Tensor(1.0)
    """
    x, held = _present(a, dtype, where)
    kept = truth("np.nanvar keepdims", keepdims)
    found = spread(x, axis, ddof, kept, held, mean)
    return chosen(found, count(x, held, axis, kept) > ddof, np.nan)


@provides("nanstd", np.nanstd)
def nanstd(
    a: Operand,
    axis: Axis = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = ALL,
    mean: Any = None,
) -> Tensor:
    """The square root of `nanvar`, with derivative 0 where that is 0.

    >>> nanstd([1.0, np.nan, 3.0])
    Tensor(1.0)
    """
    return root(nanvar(a, axis, dtype, ddof, keepdims, where, mean))


def _extreme(
    a: Operand, axis: Axis, keepdims: bool, initial: Any, condition: Any, sign: int
) -> Tensor:
    x, held = _present(a, None, condition)
    if x.dtype.kind not in "fc":  # no integer is nan
        return (largest if sign > 0 else smallest)(x, axis, keepdims, initial, condition)
    reduced, either = (reductions.max, maximum) if sign > 0 else (reductions.min, minimum)
    found = reduced(chosen(x, held, -sign * np.inf), axis, keepdims)
    if initial is not None:
        return either(found, initial)
    return where(count(x, held, axis, keepdims) > 0, found, np.asarray(np.nan, x.dtype))


@provides("nanmax", np.nanmax)
def nanmax(
    a: Operand,
    axis: Axis = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = ALL,
) -> Tensor:
    """The largest entry that is not nan; nan where all are.

    >>> nanmax([1.0, np.nan, 2.0])
    Tensor(2.0)
    """
    return _extreme(a, axis, truth("np.nanmax keepdims", keepdims), initial, where, 1)


@provides("nanmin", np.nanmin)
def nanmin(
    a: Operand,
    axis: Axis = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = ALL,
) -> Tensor:
    """The smallest entry that is not nan; nan where all are.

    >>> nanmin([1.0, np.nan, 2.0])
    Tensor(1.0)
    """
    return _extreme(a, axis, truth("np.nanmin keepdims", keepdims), initial, where, -1)
