"""Matrices for which NumPy raises LinAlgError: nan as a value, and an error where the user calls.

The value of a primitive is nan for them, so that one matrix of many, or one step of a compiled
program, does not stop the others.  A call with numbers raises `MatrixError`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from chainrule.errors import MatrixError
from chainrule.graph import Array
from chainrule.ops.tensor import Tensor

__all__ = ["check_success", "nan_where_it_fails"]

Function = Callable[..., Any]


def nan_where_it_fails(function: Function, trial: Function | None = None) -> Function:
    """Return `function` with nan for each matrix of the first operand on which NumPy raises.

    `trial` is the function of one matrix that raises there, if it is not `function` itself.

    >>> nan_where_it_fails(np.linalg.inv)(np.asarray([[[2.0]], [[0.0]]])).ravel()
    array([0.5, nan])
    """

    @functools.wraps(function)
    def computed(x: Array, *others: Array, **params: Any) -> Any:
        try:
            return function(x, *others, **params)
        except np.linalg.LinAlgError:
            alone = trial or functools.partial(function, **params)
            failing = np.zeros(x.shape[:-2], bool)
            for index in np.ndindex(failing.shape):
                failing[index] = _fails(alone, x[index])
        replaced = np.where(failing[..., None, None], np.eye(*x.shape[-2:], dtype=x.dtype), x)
        found: Any = function(replaced, *others, **params)
        several = cast("tuple[Array, ...]", found if isinstance(found, tuple) else (found,))
        for array in several:
            array[failing] = np.nan
        return cast("Any", found)

    return computed


def _fails(function: Function, matrix: Array) -> bool:
    try:
        function(matrix)
    except np.linalg.LinAlgError:
        return True
    return False


def check_success(
    found: Tensor,
    name: str,
    function: Function,
    *operands: Tensor,
    expected: str,
    got: str,
    remedy: str,
) -> None:
    """Raise MatrixError if NumPy's `function` raises on the operands, which are finite numbers.

    Nothing is raised while a function is traced, and where nan comes from the operands.
    """
    value = found.node.value
    if value is None or not np.isnan(value).any():
        return
    arrays = [operand.value for operand in operands]
    if not all(np.isfinite(array).all() for array in arrays):
        return
    try:
        function(*arrays)
    except np.linalg.LinAlgError:
        raise MatrixError(name, expected=expected, got=got, remedy=remedy) from None
