"""How many threads are fastest: looked at now and then, for it changes.

Where processors share no cache, what one has made takes long to come to another, and a team may be
slower than one thread.  No digit depends on their number, so whichever is faster may do the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from time import perf_counter
from typing import final

__all__ = ["Autotune"]

FIRST = 8
"""Units of work by which each is first judged."""

LOOK = 1e-3
"""Seconds of a look at the slower one."""

BETWEEN = 64
"""How many times as long as a look nobody looks again."""


@final
class Autotune:
    """Work done by one thread or by a team of `ranks`, whichever was faster when last seen.

    >>> choice, calls = Autotune(2), []
    >>> choice.run(20, lambda ranks, first, n: calls.append((ranks, n)) or n)
    20
    >>> calls
    [(2, 8), (2, 8), (1, 4)]
    """

    def __init__(self, ranks: int, clock: Callable[[], float] = perf_counter) -> None:
        self._ranks, self._clock = ranks, clock
        self._seconds = {ranks: inf, 1: inf}  # of a unit, when last seen
        self._last = 0.0  # seconds that the last call took
        self._plan = self._planned()

    def run(self, units: int, work: Callable[[int, int, int], int]) -> int:
        """Do units of work by calls of `work(ranks, first, n)`, which says how many it has done.

        How many were done: all, or those before a call that did not do all of its own.
        """
        if self._ranks == 1:
            return work(1, 0, units)
        done = 0
        while done < units:
            ranks, most = next(self._plan)
            n = min(most, units - done)
            began = self._clock()
            made = work(ranks, done, n)
            self._last = self._clock() - began
            # what is left for the end, or broke off, is too little to judge by
            if made == n and (n == most or not done):
                self._seconds[ranks] = self._last / n
            done += made
            if made < n:
                break
        return done

    def _planned(self) -> Iterator[tuple[int, int]]:
        """By how many threads the next units are done, and how many units at most.

        Who has not worked for a while begins slowly, so a look is a call more than is judged by.
        """
        for ranks in (self._ranks, 1):
            yield ranks, FIRST
            yield ranks, FIRST
        while True:
            slower = max((self._ranks, 1), key=lambda ranks: self._seconds[ranks])
            yield slower, max(1, self._units(slower, LOOK) // 4)
            yield slower, self._units(slower, LOOK)
            left = BETWEEN * self._last
            while left > 0:
                faster = min((self._ranks, 1), key=lambda ranks: self._seconds[ranks])
                yield faster, self._units(faster, left)
                left -= self._last

    def _units(self, ranks: int, seconds: float) -> int:
        return max(1, int(seconds / max(self._seconds[ranks], 1e-9)))
