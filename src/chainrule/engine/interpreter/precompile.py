"""Compiling the interpreter and the training loop ahead of the first step."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from chainrule.engine.interpreter.encode import WIDTH
from chainrule.engine.interpreter.interpreter import execute
from chainrule.engine.interpreter.program_encoding import MICRO_WIDTH
from chainrule.engine.interpreter.training_loop import INPUT, STEP, StepCode, train
from chainrule.engine.jit.numba_internals import function_address
from chainrule.engine.optimizer_updates import UPDATE
from chainrule.graph import Array

__all__ = ["execute_address", "precompile"]


@cache
def execute_address(dtype: Any) -> int:
    """The address of `execute`, compiled for arenas of one floating dtype."""
    table, micro, floats, integers = _empty_program(dtype)
    return function_address(
        execute, table, 0, 0, micro, np.zeros(0), floats, integers, 0, 1, integers, 0
    )


def precompile(dtype: Any) -> None:
    """Compile the interpreter and the training loop for one floating dtype, or load them from disk.

    This takes some seconds the first time on a machine, and a fraction of one from then on.  The
    kernels of a program are compiled when it is encoded.
    """
    table, micro, floats, integers = _empty_program(dtype)
    empty = np.zeros(0)
    train(
        StepCode(execute_address(np.dtype(dtype)), table, micro, empty), floats, integers,
        np.zeros(1, STEP), np.zeros(0, INPUT), integers, np.zeros(1, UPDATE),
        np.zeros((0, 0), dtype), np.zeros((0, 0)), empty, 0, 1, integers, empty,
    )  # fmt: skip


def _empty_program(dtype: Any) -> tuple[Array, Array, Array, Array]:
    """The tables of a program without instructions, and its memory as floats and as integers."""
    table, micro = np.zeros((0, WIDTH), np.int64), np.zeros((0, MICRO_WIDTH), np.int64)
    return table, micro, np.zeros(1, dtype), np.zeros(1, np.int64)
