"""Workers are bound to processors, and say why they fail."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from bench.small_workloads import SMALL
from chainrule.bench.processes.machine import processors
from chainrule.bench.processes.process import CAN_STOP, Process, WorkerError


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="processes cannot be bound")
def test_a_worker_is_bound_and_this_process_is_not():
    before = os.sched_getaffinity(0)
    with Process({**os.environ, "OPENBLAS_CORETYPE": "Prescott"}, 1) as process:
        assert os.sched_getaffinity(process._process.pid) == processors(1)
        libraries = process.ask(
            do="make", contestant="sklearn", workload=SMALL["tiny"].to_dict(), threads=1
        )
        assert os.sched_getaffinity(0) == before
    assert libraries
    assert all("1 threads" in line and "Prescott" not in line for line in libraries)


def test_a_worker_that_fails():
    with Process(os.environ, 1) as process:
        with pytest.raises(WorkerError, match="KeyError"):
            process.ask(do="make", contestant="nobody", workload={}, threads=1)
        process._process.terminate()
        with pytest.raises(WorkerError, match="the end of the process"):
            process.ask(do="check")


ECHO = "import sys\nfor line in sys.stdin:\n    print('{\"answer\": 1}', flush=True)\n"


@pytest.mark.skipif(not CAN_STOP, reason="processes cannot be stopped")
def test_a_stopped_worker_does_nothing_until_it_goes_on():
    with Process(os.environ, 1, (sys.executable, "-P", "-c", ECHO)) as process:
        assert process.ask(do="x") == 1
        process.stop()
        process.send(do="x")
        file, end = Path(f"/proc/{process._process.pid}/stat"), time.monotonic() + 20
        while file.exists() and file.read_text().rpartition(")")[2].split()[0] != "T":
            assert time.monotonic() < end
        process.go_on()
        assert process.receive() == 1
        process.stop()  # the end of the block ends a stopped one as well
    assert process._process.returncode is not None


def test_a_worker_that_is_killed_in_the_middle():
    with Process(os.environ, 1, (sys.executable, "-P", "-c", ECHO)) as process:
        assert process.ask(do="x") == 1
        process.stop()
        process._process.kill()
        process.go_on()
        with pytest.raises(WorkerError, match="the end of the process"):
            process.ask(do="x")
        process.stop()
        process.go_on()


@pytest.mark.parametrize("text", ["{", "[]", "{}", "no answer"])
def test_a_worker_whose_answer_is_none(text):
    code = f"import sys; sys.stdin.readline(); print({text!r}, flush=True); sys.stdin.readline()"
    with (
        Process(os.environ, 1, (sys.executable, "-P", "-c", code)) as process,
        pytest.raises(WorkerError, match="the end of the process"),
    ):
        process.ask(do="x")


def test_a_worker_that_does_not_answer():
    with (
        Process(os.environ, 1, (sys.executable, "-P", "-c", "input(); input()")) as process,
        pytest.raises(WorkerError, match=r"none within 0\.2 s"),
    ):
        process.ask(do="x", longest=0.2)


def test_how_threads_wait_is_set_before_the_process_starts():
    code = "import os; input(); print('{\"answer\": \"' + os.environ['OMP_WAIT_POLICY'] + '\"}')"
    with Process(os.environ, 1, (sys.executable, "-P", "-c", code), wait="active") as process:
        assert process.ask(do="x") == "active"
