"""Threads that help: how a team comes together, and what is done where it cannot.

One team is at work at a time.  Two would take turns on the same thread_limit, and with some of the
threads that the other needs each would wait for ever.  Who finds one at work works alone: no digit
depends on how many threads there are.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, final

import numpy as np

__all__ = ["Work", "run_parallel", "thread_limit"]

Work = Callable[[int, int, Any], Any]
"""What thread `rank` of `ranks` does, meeting the others by a counter: one call of compiled code,
which no interrupt cuts short."""

NEVER = 1 << 62
"""Arrivals enough for all meetings to come: nobody waits for a thread that has failed."""


@cache
def thread_limit() -> int:
    """How many threads a team may have: as many as the BLAS library was told to use."""
    from threadpoolctl import threadpool_info

    found = [library["num_threads"] for library in threadpool_info()]
    return max(1, min([*found, os.cpu_count() or 1]))


@final
class _Helper:
    """A thread that waits for work.  It does not keep the process from ending."""

    def __init__(self) -> None:
        self.calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self.thread = Thread(target=self._wait, name="chainrule", daemon=True)
        self.thread.start()

    def _wait(self) -> None:
        while (call := self.calls.get()) is not None:
            call()
            del call  # and with it the arrays that were worked on


_helpers: list[_Helper] = []
_turn = Lock()


def _begin_anew() -> None:
    """In a forked process: threads stay behind."""
    global _turn
    _turn = Lock()
    _helpers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def run_parallel(ranks: int, work: Work, claims: int = 0, *, met: bool = False) -> Any:
    """Run `work(rank, ranks, counter)` in `ranks` threads at once, or fewer; the first's result.

    The counter has so many zeros more as there are `claims`.  `met` promises that the last thing
    all do is to barrier: then nobody is waited for.

    Where one fails, its error is raised.  Interrupted, all do their parts to the end before the
    interrupt is raised: no thread is left waiting, and nothing half done.

    >>> run_parallel(1, lambda rank, ranks, counter: (rank, ranks))
    (0, 1)
    """
    if ranks == 1 or _turn.locked():
        return work(0, 1, np.zeros(1, np.int64))
    with _turn:  # and not by `acquire`: an interrupt could come between that and a `try`
        return _by_team(_gathered(ranks - 1), work, claims, met=met)


def _gathered(n: int) -> list[_Helper]:
    """As many helpers, or those there are."""
    with suppress(RuntimeError):  # no more threads to be had: a limit, or the interpreter is ending
        while len(_helpers) < n:
            _helpers.append(_Helper())
    return _helpers[:n]


def _by_team(helpers: Sequence[_Helper], work: Work, claims: int, *, met: bool) -> Any:
    ranks, counter = 1 + len(helpers), np.zeros(1 + claims, np.int64)
    waiting, errors = deque(range(1, ranks)), SimpleQueue[BaseException | None]()

    def part(rank: int) -> None:
        try:
            work(rank, ranks, counter)
        except BaseException as error:
            counter[0] = NEVER
            errors.put(error)
        else:
            errors.put(None)

    def call() -> None:
        with suppress(IndexError):  # called once more than there is to do
            part(waiting.popleft())

    try:
        for helper in helpers:
            helper.calls.put(call)
        result = work(0, ranks, counter)
        done = met and counter[0] < NEVER
        found = [] if done else [errors.get() for _ in helpers]
    except BaseException:
        _finish(helpers, call, None if counter[0] >= ranks else lambda: part(0))
        raise
    for error in found:
        if error is not None:
            raise error
    return result


def _finish(
    helpers: Sequence[_Helper], call: Callable[[], None], first: Callable[[], None] | None
) -> None:
    """Let all parts be done, by threads that no signal reaches; then the helpers are let go.

    An interrupt may come before a helper was called, or before this thread began its own part,
    which `first` does then: no meeting has taken place without it.
    """
    _helpers.clear()
    for helper in helpers:
        helper.calls.put(call)
        helper.calls.put(None)
    threads = [helper.thread for helper in helpers]
    if first is not None:
        threads.append(Thread(target=first, name="chainrule", daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join()
