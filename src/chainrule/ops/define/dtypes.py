"""The dtype of a result, by NumPy's rules except where a docstring says otherwise."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from chainrule.graph import Array

__all__: list[str] = ["accumulating", "arithmetic", "empty_sum", "floating", "logical"]
__all__ += ["on_floats", "real_part", "same"]

Value = TypeVar("Value", bound=Callable[..., Any])


def floating(*dtypes: np.dtype[Any], **_: Any) -> np.dtype[Any]:
    """Return the result dtype of functions such as exp: float64 for integers."""
    dtype = np.result_type(*dtypes)
    return dtype if dtype.kind in "fc" else np.dtype(np.float64)


def on_floats(value: Value) -> Value:
    """Return `value` with integer arguments cast to float64; NumPy might choose half precision."""

    @functools.wraps(value)
    def computed(*arrays: Array, **params: Any) -> Any:
        return value(
            *(array.astype(floating(array.dtype), copy=False) for array in arrays), **params
        )

    return cast(Value, computed)


def arithmetic(*dtypes: np.dtype[Any], **_: Any) -> np.dtype[Any]:
    """Return the result dtype of sums and products; booleans count as integers."""
    dtype = np.result_type(*dtypes)
    return dtype if dtype.kind != "b" else np.dtype(np.int64)


def real_part(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype of the real parts of numbers: of real numbers their own.

    >>> real_part(np.dtype("complex64")), real_part(np.dtype("int8"))
    (dtype('float32'), dtype('int8'))
    """
    return np.dtype(f"f{dtype.itemsize // 2}") if dtype.kind == "c" else dtype


def accumulating(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the result dtype of sums and products over axes; small integers become 64-bit."""
    return dtype if dtype.hasobject else np.add.reduce(np.zeros(0, dtype)).dtype


def empty_sum(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return an array of zeros to add to; if it is to hold formulas, of the number 0.0."""
    return np.full(shape, 0.0, dtype) if dtype.hasobject else np.zeros(shape, dtype)


def same(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the result dtype of functions that select entries: the operand's."""
    return dtype


def logical(*_: np.dtype[Any], **__: Any) -> np.dtype[Any]:
    """Return the result dtype of comparisons: bool."""
    return np.dtype(np.bool_)
