"""Translation: Python functions of arrays, to be compiled as functions of one number.

A Python number takes the dtype of the array beside it.  Compiled, it would be a float64 and make
one of everything it meets; so all numbers in a function, and in the functions and modules that it
names, are given the dtype beforehand.
"""

from __future__ import annotations

import dis
from types import CellType, FunctionType, ModuleType
from typing import Any, final

import numba
import numpy as np
from numba import types
from numba.extending import overload_attribute
from numba.np.numpy_support import as_dtype

from chainrule.engine.compile import OPTIONS
from chainrule.engine.functions import exp, tanh

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
        self._made: dict[FunctionType | ModuleType, Any] = {}

    def function(self, function: FunctionType) -> Any:
        """The function, to be compiled where it is called."""
        if function not in self._made:
            code, known = function.__code__, function.__globals__
            constants = tuple(map(self._number, code.co_consts))
            names = {i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"}
            named = {name: self._seen(known[name]) for name in names if name in known}
            cells = tuple(CellType(self._seen(c.cell_contents)) for c in function.__closure__ or ())
            translated = FunctionType(
                code.replace(co_consts=constants),
                {**known, **named},
                code.co_name,
                function.__defaults__,
                cells,
            )
            self._made[function] = numba.njit(**OPTIONS)(translated)
        return self._made[function]

    def _seen(self, value: Any) -> Any:
        if isinstance(value, FunctionType):
            return self.function(value)
        return self._module(value) if isinstance(value, ModuleType) else self._number(value)

    def _module(self, module: ModuleType) -> ModuleType:
        """The module with its numbers in the dtype, and NumPy with the engine's own functions."""
        if module not in self._made:
            made = self._made[module] = ModuleType(module.__name__)
            vars(made).update({name: self._number(value) for name, value in vars(module).items()})
            if module is np:
                zeros, ones = (numba.njit(self._filled(i)) for i in (0, 1))
                vars(made).update(exp=exp, tanh=tanh, clip=_clip, zeros=zeros, ones=ones)
        return self._made[module]

    def _filled(self, number: int) -> Any:
        """What makes an array of one number, as a function of shape and dtype."""
        entry = self._real(number)
        return lambda shape, dtype: entry

    def _number(self, value: Any) -> Any:
        if type(value) is int and abs(value) <= SMALL:
            return np.int16(value)
        return self._real(value) if type(value) is float else value
