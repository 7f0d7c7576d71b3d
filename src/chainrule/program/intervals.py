"""Sets of offsets, kept as sorted intervals that neither overlap nor touch."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import final

__all__ = ["Intervals"]


@final
class Intervals:
    """A set of offsets to which intervals are added; one search finds what an interval overlaps.

    >>> taken = Intervals()
    >>> taken.add(0, 16), taken.add(32, 48)
    (None, None)
    >>> taken.overlap_end(8, 40), taken.overlap_end(16, 32)
    (48, None)
    """

    __slots__ = ("_begins", "_ends")

    def __init__(self) -> None:
        self._begins: list[int] = []
        self._ends: list[int] = []

    def add(self, begin: int, end: int) -> None:
        """Add the offsets from `begin` to `end`, which is not included."""
        if begin >= end:
            return
        first = bisect_left(self._ends, begin)
        last = bisect_right(self._begins, end)
        if first < last:  # it overlaps or touches the intervals from `first` to `last`
            begin = min(begin, self._begins[first])
            end = max(end, self._ends[last - 1])
        self._begins[first:last] = [begin]
        self._ends[first:last] = [end]

    def overlap_end(self, begin: int, end: int) -> int | None:
        """The end of the last interval that overlaps the one from `begin` to `end`, or None."""
        last = bisect_left(self._begins, end) - 1
        overlaps = begin < end and last >= 0 and self._ends[last] > begin
        return self._ends[last] if overlaps else None
