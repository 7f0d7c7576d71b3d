"""The thread pool: no thread waits forever, whatever fails, forks, ends or interrupts meanwhile."""

import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from chainrule.engine.jit.compile import compiled
from chainrule.engine.threads import pool, run_parallel
from chainrule.engine.threads.barrier import barrier


@compiled
def pass_barriers_counted(rank, ranks, counter, done):
    goal = 0
    for _ in range(4):
        goal = barrier(counter, goal, ranks)
        done[ranks, rank] += 1
    return ranks


def pass_barriers(rank, ranks, counter):
    return pass_barriers_counted(rank, ranks, counter, np.zeros((4, 3), np.int64))


def test_many_callers_at_once():
    ranks = []

    def call():
        ranks.extend(run_parallel(3, pass_barriers) for _ in range(30))

    threads = [threading.Thread(target=call, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "callers wait for each other"
    assert len(ranks) == 120
    assert set(ranks) <= {1, 3}


def test_a_caller_that_saw_the_pool_free_does_not_wait_for_one_that_took_it_since():
    """The first caller is held up at every line until the second one is at work."""
    second_at_work, both_at_work = threading.Event(), threading.Barrier(2, timeout=10)

    def work(rank, ranks, counter):
        if rank == 0:
            second_at_work.set()
            both_at_work.wait()
        return ranks

    def hold_up(frame, event, argument):
        if frame.f_code is run_parallel.__code__ and event == "line":
            lines.append(frame.f_lineno)
            if len(lines) > 1:
                second.start() if not second.ident else None
                second_at_work.wait(10)
        return hold_up

    def first_call():
        sys.settrace(hold_up)
        try:
            found.append(run_parallel(2, work))
        finally:
            sys.settrace(None)

    lines, found = [], []
    second = threading.Thread(target=lambda: found.append(run_parallel(2, work)), daemon=True)
    first = threading.Thread(target=first_call, daemon=True)
    first.start()
    first.join(30)
    second.join(30)
    assert sorted(found) == [1, 2]


def test_a_pool_that_was_taken_but_not_used_is_free_again():
    """As after an interrupt between the two."""
    use = pool._take()
    assert run_parallel(3, pass_barriers) == 1
    del use
    assert run_parallel(3, pass_barriers) == 3


def test_an_error_in_one_thread_keeps_no_other_waiting():
    def work(rank, ranks, counter):
        if rank == failing:
            raise ValueError(f"in thread {rank}")
        return pass_barriers(rank, ranks, counter)

    for failing in range(3):
        with pytest.raises(ValueError, match=f"in thread {failing}"):
            run_parallel(3, work)
    assert run_parallel(3, pass_barriers) == 3


def test_one_thread_where_no_other_can_be_started(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(pool, "_workers", [])
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert run_parallel(3, pass_barriers) == 1


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # in finalisers
def test_an_interrupt_leaves_no_thread_waiting_and_no_work_half_done():
    def interrupt(number, frame):
        raise KeyboardInterrupt

    done = np.zeros((4, 3), np.int64)  # [ranks, rank], for there may be fewer threads
    before, interrupted = signal.signal(signal.SIGALRM, interrupt), 0
    rng = np.random.default_rng(0)
    try:
        for _ in range(100):
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-6, 3e-4))
                run_parallel(3, lambda *rank: pass_barriers_counted(*rank, done))
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted
    assert run_parallel(3, pass_barriers) == 3
    assert done[3, 0]
    assert all((done[ranks, :ranks] == done[ranks, 0]).all() for ranks in range(1, 4))


BEGIN = """
import os, sys, threading, time
import numpy as np
from chainrule.engine.threads import run_parallel
from chainrule.engine.threads.barrier import barrier
def pass_barriers(rank, ranks, counter):
    goal = 0
    for _ in range(20):
        goal = barrier(counter, goal, ranks)
    return ranks
assert run_parallel(3, pass_barriers) == 3
"""
FORK = """
child = os.fork()
if not child:
    os._exit(run_parallel(3, pass_barriers))
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
"""
LATE = """
def call():
    threading.main_thread().join()
    time.sleep(0.2)
    print(run_parallel(4, pass_barriers) >= 1)
threading.Thread(target=call).start()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no forks there")
@pytest.mark.parametrize(
    "program", [FORK, LATE], ids=["after a fork", "in a thread that outlives the main one"]
)
def test_threads_start(program):
    command = [sys.executable, "-W", "ignore", "-c", BEGIN + program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert not ended.stderr
