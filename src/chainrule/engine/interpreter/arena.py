"""Arenas: the arrays in which programs run."""

from __future__ import annotations

import mmap
import os
from typing import Any

import numpy as np

from chainrule.graph import Array

__all__ = ["zeros"]

LARGE = 1 << 21
"""Bytes of a large page."""


def zeros(size: int, dtype: Any, spare: int = 0) -> Array:
    """Zeros `(size + spare,)` in pages of their own, of which only those in use take memory.

    They begin at a cache line, as NumPy's arrays need not: half of all vector loads touch two lines
    then, and a matrix-vector product takes half as long again.  The system may take large pages for
    all but the spare ones, and has the memory back as soon as nobody uses the array.

    >>> zeros(3, np.float32), zeros(1000, np.float64).ctypes.data % 64
    (array([0., 0., 0.], dtype=float32), 0)
    """
    item = np.dtype(dtype).itemsize
    private = {"access": mmap.ACCESS_COPY} if os.name == "posix" else {}  # as it is elsewhere
    room = mmap.mmap(-1, max(size + spare, 1) * item, **private)
    large = size * item - size * item % LARGE
    if large and hasattr(mmap, "MADV_HUGEPAGE"):
        room.madvise(mmap.MADV_HUGEPAGE, 0, large)
    return np.frombuffer(room, dtype)[: size + spare]
