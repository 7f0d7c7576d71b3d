"""Reductions that leave out the entries that are nan."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import dtype_of, truth
from chainrule.ops import reductions
from chainrule.ops.elementwise import add, equal, logical_and, maximum, minimum, mul, root, where
from chainrule.ops.registry import provides
from chainrule.ops.statistics.options import ALL, chosen, count, mean_of, spread
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
    x, held = _present(a, dtype, where)
    found = reductions.sum(chosen(x, held, 0), axis, keepdims)
    return found if initial is None else add(found, initial)


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
    x, held = _present(a, dtype, where)
    found = reductions.prod(chosen(x, held, 1), axis, keepdims)
    return found if initial is None else mul(found, initial)


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
    enough = lift(count(x, held, axis, kept)) > ddof
    return chosen(found, enough, np.nan)


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
    x: Tensor, axis: Axis, keepdims: bool, initial: Any, held: Tensor, sign: int
) -> Tensor:
    reduced, either = (reductions.max, maximum) if sign > 0 else (reductions.min, minimum)
    if x.dtype.kind != "f":
        found = reduced(x, axis, keepdims)
    else:
        found = reduced(chosen(x, held, -sign * np.inf), axis, keepdims)
        some = lift(count(x, held, axis, keepdims)) > 0
        found = where(some, found, np.asarray(np.nan, x.dtype)) if initial is None else found
    return found if initial is None else either(found, initial)


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
    x, held = _present(a, None, where)
    return _extreme(x, axis, truth("np.nanmax keepdims", keepdims), initial, held, 1)


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
    x, held = _present(a, None, where)
    return _extreme(x, axis, truth("np.nanmin keepdims", keepdims), initial, held, -1)
