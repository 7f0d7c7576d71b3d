"""Whether two views have an entry in common."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from chainrule.program.view import View

__all__ = ["may_overlap"]


MAX_WORK = 1000
"""How long NumPy searches for a common entry: all regular patterns take less."""


def may_overlap(a: View, b: View) -> bool:
    """Whether views have an entry in common; also true where that would take long to decide.

    >>> from chainrule.program.view import Buffer
    >>> x = Buffer("x", 12).whole((3, 4))
    >>> left, right = x.at(..., slice(2)), x.at(..., slice(2, 4))
    >>> may_overlap(left, right), may_overlap(x, right)
    (False, True)
    """
    (begin, end), (other_begin, other_end) = a.extent, b.extent
    if a.buffer is not b.buffer or end <= other_begin or other_end <= begin:
        return False
    if a.step != b.step:
        return True
    memory = np.empty(a.buffer.size, np.int8)  # its pages are never touched
    one, other = (
        np.lib.stride_tricks.as_strided(memory[view.offset :], view.shape, view.strides)
        for view in (a, b)
    )
    try:
        return np.shares_memory(one, other, cast(Any, MAX_WORK))
    except np.exceptions.TooHardError:
        return True
