"""Arenas: the two arrays, of floats and of integers, that hold all numbers of a program."""

from __future__ import annotations

import mmap
import os
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.program import Buffer

__all__ = ["entries", "zeros"]

LARGE_PAGE = 1 << 21
"""Bytes of a large page."""


def zeros(size: int, dtype: Any, spare: int = 0) -> Array:
    """Zeros `(size + spare,)` in pages of their own; pages that are never used take no memory.

    The array begins at a cache line.  NumPy's own arrays may not: then half of all vector loads
    touch two lines, and a matrix-vector product takes 50 % longer.  The system may use large
    pages for all but the spare entries, and gets the memory back as soon as the array is deleted.

    >>> zeros(3, np.float32), zeros(1000, np.float64).ctypes.data % 64
    (array([0., 0., 0.], dtype=float32), 0)
    """
    item = np.dtype(dtype).itemsize
    private = {"access": mmap.ACCESS_COPY} if os.name == "posix" else {}  # the default elsewhere
    pages = mmap.mmap(-1, max(size + spare, 1) * item, **private)
    large = size * item - size * item % LARGE_PAGE
    if large and hasattr(mmap, "MADV_HUGEPAGE"):
        pages.madvise(mmap.MADV_HUGEPAGE, 0, large)
    return np.frombuffer(pages, dtype)[: size + spare]


def entries(buffer: Buffer, floats: Array, integers: Array) -> Array:
    """The region of its arena that a buffer occupies, as a view `(buffer.size,)`."""
    arena = floats if buffer.kind == "float" else integers
    return arena[buffer.offset : buffer.offset + buffer.size]
