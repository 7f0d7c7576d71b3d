"""Translation: Python functions of arrays, compiled as functions of one number.

A Python number takes the dtype of the array beside it.  Compiled, it would be a float64 and make
one of everything it meets; so all numbers that a function names or contains are given the dtype
while it is compiled, in Numba's intermediate representation.
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

__all__ = ["Translation"]

SMALL = np.iinfo(np.int16).max
"""Whole numbers up to this one have a dtype that gives way to any floating one."""


@overload_attribute(types.Float, "dtype")
def _dtype(x):
    """Functions ask an array for its dtype; compiled, they have a number."""
    dtype = as_dtype(x)
    return lambda x: dtype


@numba.njit(**OPTIONS)
def _clip(x, low, high):
    return np.minimum(np.maximum(x, low), high)


@final
class Translation:
    """Functions as they are compiled for numbers of one dtype."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._real = dtype.type
        self._compiler = compiler_with_pass(lambda state: replace_values(state, self._replaced))
        self._made: dict[FunctionType, Any] = {}
        zeros, ones = (numba.njit(self._filled(number)) for number in (0, 1))
        self._own: dict[Callable[..., Any], Any] = {
            np.exp: exp, np.tanh: tanh, np.clip: _clip, np.zeros: zeros, np.ones: ones,
        }  # fmt: skip

    def function(self, function: FunctionType) -> Any:
        """The function, to be compiled where it is called."""
        if function not in self._made:
            defaults = function.__defaults__ and tuple(map(self._number, function.__defaults__))
            same = FunctionType(
                function.__code__,
                function.__globals__,
                function.__name__,
                defaults,
                function.__closure__,
            )
            self._made[function] = numba.njit(pipeline_class=self._compiler, **OPTIONS)(same)
        return self._made[function]

    def _replaced(self, value: Any, state: Any) -> Any:
        """What stands for a value in compiled code: itself, where nothing else has to."""
        if not callable(value):
            return self._number(value)
        if value in self._own:
            return self._own[value]
        if isinstance(value, FunctionType) and not compiler_supports(state, value):
            return self.function(value)
        return value

    def _filled(self, number: int) -> Any:
        """What makes an array of one number, as a function of shape and dtype."""
        entry = self._real(number)
        return lambda shape, dtype: entry

    def _number(self, value: Any) -> Any:
        """A number in the dtype, alone or in a tuple; anything else as it is."""
        if type(value) is tuple:
            return tuple(map(self._number, value))
        if type(value) is int and abs(value) <= SMALL:
            return np.int16(value)
        return self._real(value) if type(value) is float else value
