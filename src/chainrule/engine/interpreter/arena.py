"""The arena: the memory that holds all numbers of a program, of whatever dtypes."""

from __future__ import annotations

import mmap
import os
from typing import Any, final

import numpy as np

from chainrule.graph import Array
from chainrule.program import Buffer
from chainrule.program.memory import ALIGN, aligned

__all__ = ["Arena"]

LARGE_PAGE = 1 << 21
"""Bytes of a large page."""


@final
class Arena:
    """One array of bytes, which begins at a cache line, and views of it that kernels index.

    bytes      all of it
    floats     all of it as numbers of the program's floating dtype
    integers   all of it as int64

    Every number belongs to one buffer at a time: the views overlap, but what one of them writes is
    only read through another one where its bytes are reused.

    >>> arena = Arena(20, np.float32)
    >>> len(arena), len(arena.floats), len(arena.integers), arena.bytes.ctypes.data % 64
    (64, 16, 8, 0)
    """

    def __init__(self, size: int, dtype: Any, *, spare: int | None = None) -> None:
        """An arena of zeros, for at least `size` bytes.

        With `spare`, it has pages of its own, and that many more bytes: pages that are never used
        take no memory.  The system may use large pages for all but the spare bytes, and gets the
        memory back as soon as the arena is deleted.
        """
        size = aligned(max(size, 1))
        memory = _bytes(size) if spare is None else _pages(size, aligned(spare))
        self.bytes = memory
        self.floats, self.integers = memory.view(dtype), memory.view(np.int64)

    def __len__(self) -> int:
        return len(self.bytes)

    def entries(self, buffer: Buffer) -> Array:
        """The region that a buffer occupies, as a view `(buffer.size,)`."""
        return self.bytes[buffer.offset : buffer.offset + buffer.bytes].view(buffer.dtype)


def _bytes(size: int) -> Array:
    """Zeros that begin at a cache line.

    NumPy's own arrays may not: then half of all vector loads touch two lines, and a matrix-vector
    product takes 50 % longer.
    """
    memory = np.zeros(size + ALIGN, np.uint8)
    begin = -memory.ctypes.data % ALIGN
    return memory[begin : begin + size]


def _pages(size: int, spare: int) -> Array:
    """Zeros in pages of their own, which begin at cache lines too."""
    private = {"access": mmap.ACCESS_COPY} if os.name == "posix" else {}  # the default elsewhere
    pages = mmap.mmap(-1, size + spare, **private)
    large = size - size % LARGE_PAGE
    if large and hasattr(mmap, "MADV_HUGEPAGE"):
        pages.madvise(mmap.MADV_HUGEPAGE, 0, large)
    return np.frombuffer(pages, np.uint8)
