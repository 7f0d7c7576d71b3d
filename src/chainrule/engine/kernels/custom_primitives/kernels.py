"""Kernels of elementwise primitives for which the engine has no operation of its own.

Such a kernel is compiled from the primitive's own value, the NumPy function in its definition,
applied to one number at a time.  A program's tables hold the kernel's address in the place of an
operation's number, and the interpreter calls it there.  A primitive has no kernel if its value does
not compile, or if the compiled function returns other numbers.
"""

from __future__ import annotations

import ctypes
import inspect
import itertools
import logging
import warnings
from functools import cache
from typing import Any, final

import numba
import numpy as np
from numba import types

from chainrule.engine.jit.compile import OPTIONS
from chainrule.engine.kernels.custom_primitives.scalar_compiler import ScalarCompiler
from chainrule.engine.opcodes import ELEMENTWISE
from chainrule.graph import Primitive

__all__ = ["KERNELS"]

OPERANDS = 3
"""The most operands of a kernel, including the numbers that the primitive takes as parameters."""

POINTS = [np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 0.25, -0.6, 1e-3, 2.5, -3.75, 20.0]
"""A kernel is compared with the value it was compiled from at all combinations of these."""

PARAMETERS = [0.75, 1.5, 3.0]
"""The parameters' values in that comparison."""

TOLERANCE = {np.dtype(np.float64): 1e-12, np.dtype(np.float32): 1e-5}

CALL = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (1 + OPERANDS), ctypes.c_int64)

LOG = logging.getLogger(__name__)


@final
class ElementwiseKernels:
    """The elementwise operations that the engine can run, as `chainrule.program.Kernels` asks.

    The kernel of a custom primitive is compiled at its first use, once in a process.

    >>> import numpy as np, chainrule as cr
    >>> from chainrule.ops.registry import PRIMITIVES
    >>> "exp" in KERNELS, "clip" in KERNELS
    (True, False)
    >>> KERNELS.address(PRIMITIVES["clip"], np.dtype(float), 1, ("low", "high")) > 0
    True
    """

    def __contains__(self, name: str) -> bool:
        return name in ELEMENTWISE

    def address(
        self,
        primitive: Primitive,
        dtype: np.dtype[Any],
        arrays: int,
        numbers: tuple[str, ...],
    ) -> int:
        """The address of a primitive's kernel, or 0 if it has none.

        The kernel takes arrays first, then the parameters called `numbers`.
        """
        kernel = _kernel(primitive, dtype, arrays, numbers)
        return kernel.address if kernel else 0


KERNELS = ElementwiseKernels()


@cache
def _kernel(
    primitive: Primitive, dtype: np.dtype[Any], arrays: int, numbers: tuple[str, ...]
) -> Any:
    value = inspect.unwrap(primitive.value)
    try:
        names = tuple(inspect.signature(value).parameters)
        if len(names) > OPERANDS or names[arrays:] != numbers:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kernel = _loop(ScalarCompiler(dtype).function(value), len(names), dtype)
        return kernel if _agrees(kernel, primitive, dtype, arrays, numbers) else None
    except Exception as error:  # the compiler may raise anything on code not written for it
        LOG.debug("no kernel for %s: %s", primitive.name, error)
        return None


def _loop(value: Any, operands: int, dtype: np.dtype[Any]) -> Any:
    """A C function of (out, x, y, z, n) that applies `value` entry by entry."""

    def one(out: Any, x: Any, y: Any, z: Any, n: Any) -> None:
        for i in range(n):
            out[i] = value(x[i])

    def two(out: Any, x: Any, y: Any, z: Any, n: Any) -> None:
        for i in range(n):
            out[i] = value(x[i], y[i])

    def three(out: Any, x: Any, y: Any, z: Any, n: Any) -> None:
        for i in range(n):
            out[i] = value(x[i], y[i], z[i])

    real = types.CPointer(numba.from_dtype(dtype))
    signature = types.void(*[real] * (1 + OPERANDS), types.int64)
    return numba.cfunc(signature, **OPTIONS)((one, two, three)[operands - 1])


def _agrees(
    kernel: Any,
    primitive: Primitive,
    dtype: np.dtype[Any],
    arrays: int,
    numbers: tuple[str, ...],
) -> bool:
    """Whether the kernel returns the same numbers as the primitive's value."""
    points = np.array(list(itertools.product(POINTS, repeat=arrays)), dtype)
    columns = [np.ascontiguousarray(column) for column in points.T]
    parameters = dict(zip(numbers, PARAMETERS, strict=False))
    operands = columns + [np.full(len(points), number, dtype) for number in parameters.values()]
    operands += operands[:1] * (OPERANDS - len(operands))
    found = np.empty(len(points), dtype)
    CALL(kernel.address)(*(array.ctypes.data for array in (found, *operands)), len(points))
    with np.errstate(all="ignore"):
        expected = np.asarray(primitive.value(*columns, **parameters)).astype(dtype)
    tolerance = TOLERANCE[dtype]
    return np.allclose(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
