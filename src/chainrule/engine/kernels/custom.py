"""Kernels of elementwise primitives that the machine has no operation for.

Such a kernel is compiled from the primitive's own value: the NumPy function in its block, applied
to one number at a time.  Its address stands in the tables where an operation's number would, and
the machine calls it there.  What cannot be compiled, or then comes to other numbers, has none.
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
from chainrule.engine.kernels.translation import Translation
from chainrule.engine.opcodes import ELEMENTWISE
from chainrule.graph import Primitive

__all__ = ["KERNELS"]

OPERANDS = 3
"""A kernel has at most so many, numbers that the primitive takes as parameters included."""

POINTS = [np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 0.25, -0.6, 1e-3, 2.5, -3.75, 20.0]
"""Where a kernel is compared with the value it was compiled from, each against each."""

NUMBERS = [0.75, 1.5, 3.0]
"""What is then taken for parameters."""

TOLERANCE = {np.dtype(np.float64): 1e-12, np.dtype(np.float32): 1e-5}

CALL = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (1 + OPERANDS), ctypes.c_int64)

LOG = logging.getLogger(__name__)


@final
class Kernels:
    """The elementwise operations that programs can be made of: see `chainrule.program.Kernels`.

    A kernel is compiled when it is first asked for, once for a process, and kept for as long.

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
        """Where the kernel lies that takes the numbers so called behind its arrays, or 0."""
        kernel = _kernel(primitive, dtype, arrays, numbers)
        return kernel.address if kernel else 0


KERNELS = Kernels()


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
            kernel = _loop(Translation(dtype).function(value), len(names), dtype)
        return kernel if _agrees(kernel, primitive, dtype, arrays, numbers) else None
    except Exception as error:  # whatever the compiler makes of code that was not written for it
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
    """Whether the kernel comes to what the value comes to."""
    points = np.array(list(itertools.product(POINTS, repeat=arrays)), dtype)
    given = [np.ascontiguousarray(column) for column in points.T]
    settings = dict(zip(numbers, NUMBERS, strict=False))
    operands = given + [np.full(len(points), number, dtype) for number in settings.values()]
    operands += operands[:1] * (OPERANDS - len(operands))
    found = np.empty(len(points), dtype)
    CALL(kernel.address)(*(array.ctypes.data for array in (found, *operands)), len(points))
    with np.errstate(all="ignore"):
        expected = np.asarray(primitive.value(*given, **settings)).astype(dtype)
    tolerance = TOLERANCE[dtype]
    return np.allclose(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
