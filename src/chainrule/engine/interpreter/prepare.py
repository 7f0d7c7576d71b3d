"""Compiling the machine ahead of the first step."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from chainrule.engine.interpreter.encode import MICRO_WIDTH, WIDTH
from chainrule.engine.interpreter.interpreter import STEP_FIELDS, execute, train
from chainrule.engine.jit.numba_internals import function_address
from chainrule.engine.kernels.optimizer_updates import SETTINGS
from chainrule.graph import Array

__all__ = ["machine", "prepare"]


@cache
def machine(dtype: Any) -> int:
    """Where `execute` begins for arenas of one floating dtype."""
    table, micro, floats, integers = _nothing(dtype)
    return function_address(
        execute, table, 0, 0, micro, np.zeros(0), floats, integers, 0, 1, integers, 0
    )


def prepare(dtype: Any) -> None:
    """Compile the machine for one floating dtype, or load it from disk: no network is needed.

    Takes some twenty seconds the first time on a machine and a fraction of one from then on;
    whatever runs afterwards in this process runs at once.
    """
    table, micro, floats, integers = _nothing(dtype)
    nothing, rows = np.zeros(0), np.zeros((1, 1), dtype)
    train(
        machine(np.dtype(dtype)), table, micro, nothing, floats, integers, rows, rows,
        np.zeros((1, 1), np.int64), integers, 1, np.zeros(len(STEP_FIELDS), np.int64), 0,
        np.zeros(len(SETTINGS)), nothing, 0, nothing, 0, 1, integers, nothing,
    )  # fmt: skip


def _nothing(dtype: Any) -> tuple[Array, Array, Array, Array]:
    """The tables of an empty program, and arenas."""
    table, micro = np.zeros((0, WIDTH), np.int64), np.zeros((0, MICRO_WIDTH), np.int64)
    return table, micro, np.zeros(1, dtype), np.zeros(1, np.int64)
