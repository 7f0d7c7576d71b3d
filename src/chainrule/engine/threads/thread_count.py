"""How many threads to use: the limit, and the number that is fastest at the moment.

Where processors share no cache, data takes long to get from one to the other, and several threads
may be slower than one.  That changes while a program runs, so it is measured now and then.  No
digit depends on the number of threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from math import inf
from time import perf_counter
from typing import final

__all__ = ["ThreadCountTuner", "thread_limit"]

FIRST_UNITS = 8
"""Units of work on which each number of threads is first measured."""

TRIAL_SECONDS = 1e-3
"""Seconds of a trial of the slower number of threads."""

TRIAL_INTERVAL = 64
"""Time between two trials, as a multiple of the time that a trial takes."""


@cache
def thread_limit() -> int:
    """How many threads may be used: as many as the BLAS library was set to use."""
    from threadpoolctl import threadpool_info

    limits = [library["num_threads"] for library in threadpool_info()]
    return max(1, min([*limits, os.cpu_count() or 1]))


@final
class ThreadCountTuner:
    """Runs work with one thread or with `ranks` threads, whichever was faster when last measured.

    >>> tuner, calls = ThreadCountTuner(2), []
    >>> tuner.run(20, lambda ranks, first, n: calls.append((ranks, n)) or n)
    20
    >>> calls
    [(2, 8), (2, 8), (1, 4)]
    """

    def __init__(self, ranks: int, clock: Callable[[], float] = perf_counter) -> None:
        self._ranks, self._clock = ranks, clock
        self._seconds = {ranks: inf, 1: inf}  # per unit, when last measured
        self._last = 0.0  # seconds that the last call took
        self._calls = self._next_calls()

    def run(self, units: int, work: Callable[[int, int, int], int]) -> int:
        """Do units of work by calls of `work(ranks, first, n)`, which returns how many it has done.

        Returns how many were done in all: fewer than `units` if a call did fewer than its n.
        """
        if self._ranks == 1:
            return work(1, 0, units)
        done = 0
        while done < units:
            ranks, most = next(self._calls)
            n = min(most, units - done)
            began = self._clock()
            completed = work(ranks, done, n)
            self._last = self._clock() - began
            # a remainder at the end, or a call that stopped early, is too short to measure
            if completed == n and (n == most or not done):
                self._seconds[ranks] = self._last / n
            done += completed
            if completed < n:
                break
        return done

    def _next_calls(self) -> Iterator[tuple[int, int]]:
        """The number of threads for each call of the work, and how many units it does at most.

        Threads that have not worked for a while start slowly, so every measurement that counts
        follows a warm-up call.  The one that was faster so far is measured again before the other
        takes its place: something else may have interrupted it.
        """
        for ranks in (self._ranks, 1):
            yield ranks, FIRST_UNITS
            yield ranks, FIRST_UNITS
        chosen = self._faster()
        while True:
            yield from self._trial(1 if chosen == self._ranks else self._ranks)
            left = TRIAL_INTERVAL * self._last
            while left > 0:
                if chosen != self._faster():
                    yield from self._trial(chosen)
                    chosen = self._faster()
                yield chosen, self._units_in(left, chosen)
                left -= self._last

    def _faster(self) -> int:
        return min((self._ranks, 1), key=lambda ranks: self._seconds[ranks])

    def _trial(self, ranks: int) -> Iterator[tuple[int, int]]:
        yield ranks, max(1, self._units_in(TRIAL_SECONDS, ranks) // 4)
        yield ranks, self._units_in(TRIAL_SECONDS, ranks)

    def _units_in(self, seconds: float, ranks: int) -> int:
        return max(1, int(seconds / max(self._seconds[ranks], 1e-9)))
