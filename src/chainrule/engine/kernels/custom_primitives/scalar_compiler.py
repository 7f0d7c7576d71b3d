"""Compiles Python functions of arrays as functions of one number.

In a function of arrays, a Python number takes the dtype of the array it is combined with.
Compiled, it would be a float64, and so would every result computed with it.  Therefore all numbers
that a function names or contains are converted to the dtype during compilation, in Numba's
intermediate representation.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, final

import numba
import numpy as np
from numba import types
from numba.extending import overload_attribute

from chainrule.engine.jit.compile import OPTIONS
from chainrule.engine.jit.numba_internals import (
    as_dtype,
    compiler_supports,
    compiler_with_pass,
    replace_values,
)
from chainrule.engine.simd.kernel_math import exp, tanh

__all__ = ["ScalarCompiler"]

SMALL = np.iinfo(np.int16).max
"""Integers up to this one become int16, which never promotes a floating dtype."""


@overload_attribute(types.Float, "dtype")
def _dtype(x):
    """The `dtype` of a number: functions of arrays may ask for it."""
    dtype = as_dtype(x)
    return lambda x: dtype


@numba.njit(**OPTIONS)
def _clip(x, low, high):
    return np.minimum(np.maximum(x, low), high)


@final
class ScalarCompiler:
    """Compiles functions for numbers of one dtype."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._real = dtype.type
        self._compiler = compiler_with_pass(lambda state: replace_values(state, self._replacement))
        self._compiled: dict[FunctionType, Any] = {}
        zeros, ones = (numba.njit(self._constant(number)) for number in (0, 1))
        self._scalar_versions: dict[Callable[..., Any], Any] = {
            np.exp: exp, np.tanh: tanh, np.clip: _clip, np.zeros: zeros, np.ones: ones,
        }  # fmt: skip

    def function(self, function: FunctionType) -> Any:
        """The function for numbers; Numba compiles it at the first call."""
        if function not in self._compiled:
            defaults = function.__defaults__ and self._number(function.__defaults__)
            copy = FunctionType(
                function.__code__,
                function.__globals__,
                function.__name__,
                defaults,
                function.__closure__,
            )
            self._compiled[function] = numba.njit(pipeline_class=self._compiler, **OPTIONS)(copy)
        return self._compiled[function]

    def _replacement(self, value: Any, state: Any) -> Any:
        """What replaces a value that occurs in a function: often the value itself."""
        if not callable(value):
            return self._number(value)
        if value in self._scalar_versions:
            return self._scalar_versions[value]
        if isinstance(value, FunctionType) and not compiler_supports(state, value):
            return self.function(value)
        return value

    def _constant(self, number: int) -> Any:
        """The counterpart of `np.zeros` or `np.ones`: a number, for any shape and dtype."""
        entry = self._real(number)
        return lambda shape, dtype: entry

    def _number(self, value: Any) -> Any:
        """A number in the dtype, alone or in a tuple; any other value unchanged."""
        if type(value) is tuple:
            return tuple(self._number(entry) for entry in value)
        if type(value) is int and abs(value) <= SMALL:
            return np.int16(value)
        return self._real(value) if type(value) is float else value
