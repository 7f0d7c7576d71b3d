"""Arenas: the arrays in which programs run."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array

__all__ = ["zeros"]

LINE = 64
"""Bytes of a cache line."""


def zeros(size: int, dtype: Any) -> Array:
    """Zeros `(size,)` that begin at a cache line.

    NumPy's own arrays begin anywhere: half of all vector loads then touch two lines, which made a
    matrix-vector product take half as long again.

    >>> zeros(3, np.float32), zeros(1000, np.float64).ctypes.data % 64
    (array([0., 0., 0.], dtype=float32), 0)
    """
    wanted = size * np.dtype(dtype).itemsize
    room = np.zeros(wanted + LINE, np.uint8)
    start = -room.ctypes.data % LINE
    return room[start : start + wanted].view(dtype)
