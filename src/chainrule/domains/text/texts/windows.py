"""Windows of a text: rows of equal length, with what each of their tokens counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.data.dataset import Part

__all__ = ["windows"]


def windows(codes: Array, length: int, step: int, dtype: Any = np.float32) -> Part:
    """Rows of `length` + 1 tokens (n, T + 1), each `step` tokens after the one before.

    Each token but the first of all is to be predicted once: its weight (n, T) is 1 in the first
    row that has it behind another token, and 0 in later ones, where it is only seen.  The last row
    ends with the text; a text that is shorter than a row has zeros behind it.

    >>> part = windows(np.arange(1, 7), 3, 2)
    >>> part.x.tolist(), part.y.tolist()
    ([[1, 2, 3, 4], [3, 4, 5, 6]], [[1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    """
    count = len(codes) - 1
    if count < 1:
        return Part(np.zeros((0, length + 1), codes.dtype), np.zeros((0, length), dtype))
    last = max(0, count - length)
    starts = np.append(np.arange(0, last, step), last)
    x = np.zeros((len(starts), length + 1), codes.dtype)
    y = np.zeros((len(starts), length), dtype)
    done = 0  # tokens that have been counted
    for row, start in enumerate(starts):
        here = codes[start : start + length + 1]
        x[row, : len(here)] = here
        y[row, done - start : len(here) - 1] = 1.0
        done = start + len(here) - 1
    return Part(x, y)
