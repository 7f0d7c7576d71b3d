"""How many threads are fastest: looked at now and then, for it changes.

Where processors share no cache, what one has made takes long to come to another, and a team may be
slower than one thread.  No digit depends on their number, so whichever is faster may do the work.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import final

__all__ = ["Choice"]

FIRST = 8
"""Units of work by which each is first judged."""

LOOK = 1e-3
"""Seconds of a look at the slower one."""

BETWEEN = 64
"""How many times as long as a look nobody looks again."""


@final
class Choice:
    """Work done by one thread or by a team of `ranks`, whichever was faster when last seen.

    >>> choice, alone = Choice(2), []
    >>> choice.run(20, lambda ranks, first, n: alone.append((ranks, n)) or n)
    20
    >>> alone[:2]
    [(2, 8), (1, 8)]
    """

    def __init__(self, ranks: int, clock: Callable[[], float] = perf_counter) -> None:
        self._ranks, self._clock = ranks, clock
        self._seconds: dict[int, float] = {}  # of a unit, when last seen
        self._left = 0.0  # seconds until the next look

    def run(self, units: int, work: Callable[[int, int, int], int]) -> int:
        """Do units of work by calls of `work(ranks, first, n)`, which says how many it has done.

        How many were done: all, or those before a call that did not do all of its own.
        """
        if self._ranks == 1:
            return work(1, 0, units)
        done = 0
        while done < units:
            ranks, most = self._next()
            n = min(most, units - done)
            began = self._clock()
            made = work(ranks, done, n)
            seconds = self._clock() - began
            done += made
            if made < n:
                break
            self._saw(ranks, n, seconds)
        return done

    def _next(self) -> tuple[int, int]:
        """By how many threads the next units are done, and how many units at most."""
        for ranks in (self._ranks, 1):
            if ranks not in self._seconds:
                return ranks, FIRST
        faster, slower = sorted((self._ranks, 1), key=lambda ranks: self._seconds[ranks])
        ranks, seconds = (faster, self._left) if self._left > 0 else (slower, LOOK)
        return ranks, max(1, int(seconds / max(self._seconds[ranks], 1e-9)))

    def _saw(self, ranks: int, n: int, seconds: float) -> None:
        looked = self._left <= 0
        self._left = BETWEEN * seconds if looked else self._left - seconds
        self._seconds[ranks] = seconds / n
