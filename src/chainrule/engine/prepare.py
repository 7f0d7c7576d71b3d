"""Compiling the machine ahead of the first step."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from chainrule.engine.compile import address
from chainrule.engine.encode import MICRO_WIDTH, WIDTH
from chainrule.engine.machine import execute, train
from chainrule.engine.update import SETTINGS

__all__ = ["machine", "prepare"]


@cache
def machine(dtype: Any) -> int:
    """Where `execute` begins for arenas of one floating dtype."""
    floats, integers = np.zeros(1, dtype), np.zeros(1, np.int64)
    table, micro = np.zeros((0, WIDTH), np.int64), np.zeros((0, MICRO_WIDTH), np.int64)
    return address(execute, table, 0, 0, micro, np.zeros(0), floats, integers, 0, 1, integers, 0)


def prepare(dtype: Any) -> None:
    """Compile the machine for one floating dtype, or load it from disk: no network is needed.

    Takes some seconds the first time on a machine and half a second from then on; whatever runs
    afterwards in this process runs at once.
    """
    floats, integers = np.zeros(1, dtype), np.zeros(1, np.int64)
    table, micro = np.zeros((0, WIDTH), np.int64), np.zeros((0, MICRO_WIDTH), np.int64)
    nothing, rows = np.zeros(0), np.zeros((1, 1), dtype)
    train(
        machine(np.dtype(dtype)), table, micro, nothing, floats, integers, rows, rows,
        np.zeros((1, 1), np.int64), integers, 1, np.zeros(19, np.int64), 0,
        np.zeros(len(SETTINGS)), nothing, 0, nothing, 0, 1, integers, nothing,
    )  # fmt: skip
