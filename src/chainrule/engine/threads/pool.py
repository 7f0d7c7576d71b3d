"""The thread pool: it runs one piece of compiled work in several threads at once.

Only one caller uses the pool at a time.  Threads wait at barriers by spinning, so two callers would
compete for the same processors, and each could wait for workers that the other one occupies.  A
caller that finds the pool busy runs its work in its own thread: no digit depends on the number of
threads.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import RLock, Thread
from typing import Any, final
from weakref import ref

import numpy as np

__all__ = ["Work", "run_parallel"]

Work = Callable[[int, int, Any], Any]
"""`work(rank, ranks, counter)`: what thread `rank` of `ranks` does.

It waits for the other threads at barriers by means of the counter.  It must be one call of compiled
code, which no interrupt cuts short.
"""

ALL_ARRIVED = 1 << 62
"""Arrivals that satisfy every later barrier, so that no thread waits for one that has failed."""


@final
class _Worker:
    """A thread that waits for calls.  It does not keep the process from ending."""

    def __init__(self) -> None:
        self.calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self.thread = Thread(target=self._run_calls, name="chainrule", daemon=True)
        self.thread.start()

    def _run_calls(self) -> None:
        while (call := self.calls.get()) is not None:
            call()
            del call  # it holds the arrays of the work


@final
class _Use:
    """The use of the pool by one caller.

    It ends when it is released or, should an interrupt come before that, when nobody holds it.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        global _in_use
        _in_use = None


_workers: list[_Worker] = []
_in_use: ref[_Use] | None = None
_deciding = RLock()
"""Held while a caller sees that the pool is free and takes it, so that no other one does."""


def _take() -> _Use | None:
    """Take the pool into use; None if another caller uses it."""
    global _in_use
    with _deciding:
        if _in_use is not None and _in_use() is not None:
            return None
        use = _Use()
        _in_use = ref(use)
        return use


def _reset_after_fork() -> None:
    """Empty the pool in a forked process, which has none of the parent's threads."""
    global _in_use, _deciding
    _in_use, _deciding = None, RLock()
    _workers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)


def run_parallel(ranks: int, work: Work, claims: int = 0, *, ends_at_barrier: bool = False) -> Any:
    """Run `work(rank, ranks, counter)` in `ranks` threads, or fewer; return the result of rank 0.

    The counter starts at zero.  Entry 0 counts arrivals at barriers; `claims` more entries follow
    it, from which threads claim work.  `ends_at_barrier` promises that a barrier is the last thing
    `work` does: then there is no need to wait for the workers.

    If a thread raises an error, the error is raised here.  If an interrupt comes, all threads
    complete their parts before it is raised: no thread is left waiting, and no work is half done.

    >>> run_parallel(1, lambda rank, ranks, counter: (rank, ranks))
    (0, 1)
    """
    use = _take() if ranks > 1 else None
    if use is None:
        return work(0, 1, np.zeros(1, np.int64))
    with use:
        return _run_with(
            _available_workers(ranks - 1), work, claims, ends_at_barrier=ends_at_barrier
        )


def _available_workers(n: int) -> list[_Worker]:
    """n workers, or fewer where no more threads can be started."""
    with suppress(RuntimeError):  # a limit on threads, or the interpreter is shutting down
        while len(_workers) < n:
            _workers.append(_Worker())
    return _workers[:n]


def _run_with(workers: Sequence[_Worker], work: Work, claims: int, *, ends_at_barrier: bool) -> Any:
    ranks, counter = 1 + len(workers), np.zeros(1 + claims, np.int64)
    waiting, errors = deque(range(1, ranks)), SimpleQueue[BaseException | None]()

    def run_rank(rank: int) -> None:
        try:
            work(rank, ranks, counter)
        except BaseException as error:
            counter[0] = ALL_ARRIVED
            errors.put(error)
        else:
            errors.put(None)

    def run_next_rank() -> None:
        with suppress(IndexError):  # after an interrupt it is called more often than needed
            run_rank(waiting.popleft())

    try:
        for worker in workers:
            worker.calls.put(run_next_rank)
        result = work(0, ranks, counter)
        done = ends_at_barrier and counter[0] < ALL_ARRIVED
        outcomes = [] if done else [errors.get() for _ in workers]
    except BaseException:
        rank_0_began = counter[0] >= ranks  # no barrier is passed without rank 0
        _complete(workers, run_next_rank, None if rank_0_began else lambda: run_rank(0))
        raise
    for error in outcomes:
        if error is not None:
            raise error
    return result


def _complete(
    workers: Sequence[_Worker],
    run_next_rank: Callable[[], None],
    run_rank_0: Callable[[], None] | None,
) -> None:
    """Complete all parts after an interrupt, in threads that no signal reaches; end the workers.

    The interrupt may have come before a worker was called, or before this thread began its own
    part, which `run_rank_0` then runs.
    """
    _workers.clear()
    for worker in workers:
        worker.calls.put(run_next_rank)
        worker.calls.put(None)
    threads = [worker.thread for worker in workers]
    if run_rank_0 is not None:
        threads.append(Thread(target=run_rank_0, name="chainrule", daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join()
