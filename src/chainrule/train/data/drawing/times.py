"""Borders in time: where one time ends and the next begins, as near as can be to what is wanted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.graph import Array

__all__ = ["time_borders"]


def time_borders(times: Array, wanted: Sequence[int], first: int = 1) -> list[float] | None:
    """The times from which on a part begins, one for each of the `wanted` numbers of rows before.

    Rows of one time are never on both sides, so a border is moved to the nearest change of time,
    the earlier of two as near.  Borders ascend, each part has a row or more, and there are `first`
    different times before the first one; None if there are too few for that.

    >>> time_borders(np.array([1.0, 2.0, 2.0, 2.0, 3.0]), [3])
    [3.0]
    >>> time_borders(np.array([1.0, 2.0, 2.0, 2.0, 3.0]), [2, 3])
    [2.0, 3.0]
    >>> time_borders(np.array([1.0, 1.0]), [1]) is None
    True
    """
    distinct, counts = np.unique(times, return_counts=True)
    before = np.cumsum(counts)[:-1]  # how many rows are earlier than distinct[1:]
    if len(before) < len(wanted) + first - 1:
        return None
    found, low = list[float](), first - 1
    for i, rows in enumerate(wanted):
        high = len(before) - (len(wanted) - 1 - i)  # leave one for each border to come
        nearest = low + int(np.argmin(np.abs(before[low:high] - rows)))
        found.append(float(distinct[nearest + 1]))
        low = nearest + 1
    return found
