"""The different entries of arrays, sets made of them, and how often they occur."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from chainrule.arguments import truth
from chainrule.ops.define import normal_axis
from chainrule.ops.indexing import put_add
from chainrule.ops.indexing.getitem import ARRAY
from chainrule.ops.movement.gather import along, flat, plain
from chainrule.ops.registry import NUMPY, provides
from chainrule.ops.shapes import concatenate
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["bincount", "intersect1d", "setdiff1d", "setxor1d", "union1d", "unique"]


@provides("unique", np.unique)
def unique(
    ar: Operand,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    equal_nan: bool = True,
    **sorted_: bool,
) -> Any:
    """The different entries at this point, in order; the first of equal ones gets the gradient.

    >>> unique([3.0, 1.0, 3.0])
    Tensor([1., 3.])
    """
    x = lift(ar)
    _, first, *rest = np.unique(
        x.value, True, return_inverse, return_counts, axis, equal_nan=equal_nan, **sorted_
    )
    position = None if axis is None else normal_axis(axis, x.ndim, "np.unique")
    chosen = flat(x)[first] if position is None else along(x, first, position)
    found = (chosen, *([first] * truth("np.unique return_index", return_index)), *rest)
    return found if len(found) > 1 else chosen


def _different(ar: Operand) -> Tensor:
    found = unique(ar)
    assert isinstance(found, Tensor)
    return found


if hasattr(np, "unique_values"):

    @provides("unique_values", np.unique_values)
    def _unique_values(x: Operand) -> Tensor:
        return unique(x, equal_nan=False)


@provides("union1d", np.union1d)
def union1d(ar1: Operand, ar2: Operand) -> Tensor:
    """The different entries of two arrays, in order.

    >>> union1d([3.0, 1.0], [2.0, 1.0])
    Tensor([1., 2., 3.])
    """
    return _different(concatenate([flat(ar1), flat(ar2)]))


@provides("intersect1d", np.intersect1d)
def intersect1d(ar1: Operand, ar2: Operand) -> Tensor:
    """The different entries of the first array that are in the second one, in order.

    >>> intersect1d([3.0, 1.0], [2.0, 1.0])
    Tensor([1.])
    """
    found = _different(ar1)
    return found[np.isin(found.value, lift(ar2).value)]


@provides("setdiff1d", np.setdiff1d)
def setdiff1d(ar1: Operand, ar2: Operand) -> Tensor:
    """The different entries of the first array that are not in the second one, in order.

    >>> setdiff1d([3.0, 1.0], [2.0, 1.0])
    Tensor([3.])
    """
    found = _different(ar1)
    return found[~np.isin(found.value, lift(ar2).value)]


@provides("bincount", np.bincount)
def bincount(x: Operand, weights: Operand | None = None, minlength: int = 0) -> Any:
    """How often each number 0, 1, 2, … occurs, or the sum of the weights where it occurs.

    >>> bincount([0, 2, 2], [1.0, 2.0, 3.0])
    Tensor([1., 0., 5.])
    """
    numbers = lift(x).value
    counts = np.bincount(numbers, minlength=minlength)
    if weights is None:
        return counts
    return put_add(lift(weights).astype(float), lift(numbers), index=(ARRAY,), shape=counts.shape)


def _counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Counts of values in bins, as arrays; weights that are differentiated are refused."""

    def count(sample: Any, *args: Any, weights: Any = None, **options: Any) -> Any:
        values = [_value(one) for one in (sample, *args)]
        others = {name: _value(option) for name, option in options.items()}
        return function(*values, weights=plain(weights), **others)

    return count


def _value(argument: Any) -> Any:
    if isinstance(argument, (list, tuple)):
        return [_value(part) for part in cast("Sequence[Any]", argument)]
    return argument.value if isinstance(argument, Tensor) else argument


NUMPY.update({f: _counted(f) for f in (np.histogram, np.histogram2d, np.histogramdd)})


@provides("setxor1d", np.setxor1d)
def setxor1d(ar1: Operand, ar2: Operand) -> Tensor:
    """The different entries that are in one of two arrays only, in order.

    >>> setxor1d([3.0, 1.0], [2.0, 1.0])
    Tensor([2., 3.])
    """
    return union1d(setdiff1d(ar1, ar2), setdiff1d(ar2, ar1))
