"""The dtype of a result, by NumPy's rules except where a docstring says otherwise."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from chainrule.graph import Array

__all__ = ["accumulating", "arithmetic", "floating", "logical", "on_floats", "same"]

Value = TypeVar("Value", bound=Callable[..., Array])


def floating(*dtypes: np.dtype[Any], **_: Any) -> np.dtype[Any]:
    """Return the dtype of functions that are real-valued even on integers: float64 for those."""
    dtype = np.result_type(*dtypes)
    return dtype if dtype.kind == "f" else np.dtype(np.float64)


def on_floats(value: Value) -> Value:
    """Convert integer arguments to float64 first, where NumPy might choose half precision."""

    @functools.wraps(value)
    def computed(*arrays: Array, **params: Any) -> Array:
        return value(
            *(array.astype(floating(array.dtype), copy=False) for array in arrays), **params
        )

    return cast(Value, computed)


def arithmetic(*dtypes: np.dtype[Any], **_: Any) -> np.dtype[Any]:
    """Return the dtype of sums and products; booleans count as integers."""
    dtype = np.result_type(*dtypes)
    return dtype if dtype.kind != "b" else np.dtype(np.int64)


def accumulating(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype of sums and products over axes; small integers are widened."""
    return np.add.reduce(np.zeros(0, dtype)).dtype


def same(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype of functions that select entries: that of the operand."""
    return dtype


def logical(*_: np.dtype[Any], **__: Any) -> np.dtype[Any]:
    """Return the dtype of comparisons: bool."""
    return np.dtype(np.bool_)
