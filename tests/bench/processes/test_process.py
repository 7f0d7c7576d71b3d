"""Workers are bound to processors, and say why they fail."""

from __future__ import annotations

import os

import pytest

from bench.small_workloads import SMALL
from chainrule.bench.processes.machine import processors
from chainrule.bench.processes.process import Process, WorkerError


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
