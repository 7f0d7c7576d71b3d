"""Kernels of elementwise operations whose NumPy function is not a formula: it branches or loops.

Such a kernel is compiled by Numba from the function, applied to one number at a time.  An operation
has no kernel if its function does not compile, or if the compiled function returns other numbers.
"""

from __future__ import annotations

import ctypes
import inspect
import itertools
import logging
import warnings
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import types

from chainrule.engine.jit.compile import OPTIONS
from chainrule.engine.kernels.custom_primitives.scalar_compiler import ScalarCompiler
from chainrule.program.elementwise import MAX_OPERANDS

__all__ = ["CALL", "compile_value", "compiled_value"]

POINTS = [np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 0.25, -0.6, 1e-3, 2.5, -3.75, 20.0]
"""A kernel is compared with the value it was compiled from at all combinations of these."""

PARAMETERS = [0.75, 1.5, 3.0]
"""The parameters' values in that comparison."""

TOLERANCE = {np.dtype(np.float64): 1e-12, np.dtype(np.float32): 1e-5}

CALL = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (2 + MAX_OPERANDS), ctypes.c_int64)

LOG = logging.getLogger(__name__)

Value = Callable[..., Any]


def compiled_value(value: Value, params: tuple[str, ...], arrays: int, dtype: np.dtype[Any]) -> int:
    """The address of a kernel of a NumPy function of some arrays and parameters; 0 without one."""
    kernel = compile_value(value, params, arrays, dtype)
    return kernel.address if kernel else 0


def compile_value(value: Value, params: tuple[str, ...], arrays: int, dtype: np.dtype[Any]) -> Any:
    """The kernel of a NumPy function as Numba returns it, or None."""
    try:
        function: Any = inspect.unwrap(value)
        names = tuple(inspect.signature(function).parameters)
        if arrays > MAX_OPERANDS or len(params) > len(PARAMETERS) or names[arrays:] != params:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scalar = ScalarCompiler(dtype).function(function)
            kernel = _loop(scalar, arrays, len(params), dtype)
        _kernels.append(kernel)  # it is called by its address
        return kernel if _agrees(kernel, value, dtype, arrays, params) else None
    except Exception as error:  # the compiler may raise anything on code not written for it
        LOG.debug("no kernel for %s: %s", value, error)
        return None


_kernels: list[Any] = []


def _loop(value: Any, arrays: int, params: int, dtype: np.dtype[Any]) -> Any:
    """A C function of (out, x, y, z, parameters, n) that applies `value` entry by entry."""
    number = dtype.type
    entries = [
        lambda x, y, z, i: (x[i],),
        lambda x, y, z, i: (x[i], y[i]),
        lambda x, y, z, i: (x[i], y[i], z[i]),
    ]
    numbers = [
        lambda p: (),
        lambda p: (number(p[0]),),
        lambda p: (number(p[0]), number(p[1])),
        lambda p: (number(p[0]), number(p[1]), number(p[2])),
    ]
    entries_of: Any
    numbers_of: Any
    entries_of, numbers_of = numba.njit(entries[arrays - 1]), numba.njit(numbers[params])

    def loop(out: Any, x: Any, y: Any, z: Any, p: Any, n: Any) -> None:
        rest = numbers_of(p)
        for i in range(n):
            out[i] = value(*(entries_of(x, y, z, i) + rest))

    real = types.CPointer(numba.from_dtype(dtype))
    kinds: Any = [*[real] * (1 + MAX_OPERANDS), types.CPointer(types.float64), types.int64]
    signature: Any = types.void
    return numba.cfunc(signature(*kinds), **OPTIONS)(loop)


def _agrees(
    kernel: Any, value: Value, dtype: np.dtype[Any], arrays: int, params: tuple[str, ...]
) -> bool:
    """Whether the kernel returns the same numbers as the NumPy function."""
    points = np.array(list(itertools.product(POINTS, repeat=arrays)), dtype)
    columns = [np.ascontiguousarray(column) for column in points.T]
    numbers = np.array(PARAMETERS)
    operands = columns + columns[:1] * (MAX_OPERANDS - arrays)
    found = np.empty(len(points), dtype)
    pointers = (array.ctypes.data for array in (found, *operands, numbers))
    CALL(kernel.address)(*pointers, len(points))
    with np.errstate(all="ignore"):
        expected = value(*columns, **dict(zip(params, PARAMETERS, strict=False)))
        expected = np.asarray(expected).astype(dtype)
    tolerance = TOLERANCE[dtype]
    return np.allclose(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
