"""The kernels of a program's instructions, compiled when a program first contains them.

Compiling the kernels of all instructions takes half a minute of a processor, and most programs
contain few of them.  Rows therefore call their kernels by address.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from chainrule.engine.instructions import COMMON_FIELDS, RECORDS
from chainrule.engine.interpreter.program_encoding import MICRO_WIDTH
from chainrule.engine.jit.numba_internals import function_address
from chainrule.graph import Array

__all__ = ["resolve_kernels"]

OPCODE, KERNEL = (COMMON_FIELDS.index(field) for field in ("opcode", "kernel"))


def resolve_kernels(table: Array, dtype: np.dtype[Any]) -> None:
    """Write the addresses of the kernels, for arenas of a floating dtype, to a table's rows."""
    for opcode in np.unique(table[:, OPCODE]).tolist():
        table[table[:, OPCODE] == opcode, KERNEL] = _kernel_address(opcode, dtype)


@cache
def _kernel_address(opcode: int, dtype: np.dtype[Any]) -> int:
    """The address of the kernel of the record with this number."""
    row, micro = np.zeros(1, np.int64), np.zeros((1, MICRO_WIDTH), np.int64)
    params, floats, integers = np.zeros(1), np.zeros(1, dtype), np.zeros(1, np.int64)
    kernel = RECORDS[opcode].kernel
    return function_address(kernel, row, micro, params, floats, integers, 0, 1, integers, 0)
