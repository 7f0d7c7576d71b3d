"""The timing of one workload: contestants are checked, warmed up, and then timed in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from chainrule.bench.contestants import CONTESTANTS
from chainrule.bench.libraries.numpy_reference import (
    disagreement,
    log_softmax,
    reference_losses,
    reference_outputs,
)
from chainrule.bench.libraries.results import Result
from chainrule.bench.measurements.step_time import CHECKED_STEPS
from chainrule.bench.processes.process import Process, WorkerError
from chainrule.bench.workloads import Workload

__all__ = ["Plan", "compare", "verdict"]

PAUSE = 0.25
"""Seconds between two contestants: OpenBLAS's threads spin for a tenth of a second, then sleep."""

OUTPUT_TOLERANCE = 1e-4
"""The largest accepted difference of the logarithm of a predicted probability."""


@final
@dataclass(frozen=True)
class Plan:
    """How to measure.

    environ      environment variables of this process, from which those of the workers derive
    seconds      length of one repetition
    on_progress  called with a line for each stage
    """

    environ: Mapping[str, str]
    contestants: tuple[str, ...] = tuple(CONTESTANTS)
    repetitions: int = 7
    seconds: float = 0.3
    on_progress: Callable[[str], None] = field(default=lambda line: None)


def compare(
    workload: Workload, threads: int, plan: Plan
) -> tuple[list[Result], dict[str, str], dict[str, list[str]]]:
    """Time every contestant; returns results, and by name reasons for omission and BLAS libraries.

    All contestants are prepared before the first is timed.  They are timed in turn, A B C A B C …,
    so that whatever slows the machine for a while slows all of them.
    """
    left_out: dict[str, str] = {}
    with ExitStack() as stack:
        running = _start_workers(workload, threads, plan, left_out, stack)
        checks: dict[str, list[Any]] = {}
        libraries: dict[str, list[str]] = {}

        def check(name: str) -> None:
            libraries[name] = running[name].receive()
            checks[name] = running[name].ask(do="check")

        _for_each(running, left_out, check)
        for name, problem in verdict(workload, checks).items():
            left_out[name] = f"disagrees: {problem}"
            del running[name]
        plan.on_progress(f"{workload.name}: warming up")
        _for_each(
            running, left_out, lambda name: running[name].ask(do="warm", seconds=plan.seconds)
        )
        times: dict[str, list[float]] = {name: [] for name in running}

        def once(name: str) -> None:
            time.sleep(PAUSE)
            times[name].append(running[name].ask(do="once"))

        for repetition in range(plan.repetitions):
            plan.on_progress(f"{workload.name}: repetition {repetition + 1} of {plan.repetitions}")
            _for_each(running, left_out, once)
    results = [_result(workload, name, times[name], checks[name]) for name in running]
    return results, left_out, libraries


def verdict(workload: Workload, checks: Mapping[str, list[Any]]) -> dict[str, str]:
    """The contestants that disagree with the NumPy reference: descriptions by name."""
    if workload.samples is None:
        expected = reference_losses(workload, CHECKED_STEPS)
        found = {
            name: disagreement(np.array(losses), expected, workload.tolerance)
            for name, losses in checks.items()
        }
    else:
        logs = log_softmax(reference_outputs(workload, workload.data()[0][: workload.samples]))
        found = {
            name: _output_difference(np.array(outputs), logs) for name, outputs in checks.items()
        }
    return {name: problem for name, problem in found.items() if problem}


def _output_difference(outputs: Any, logs: Any) -> str:
    """A description of outputs that are not close to the expected ln p; "" if they agree."""
    if outputs.shape != logs.shape:
        return f"outputs of shape {outputs.shape} instead of {logs.shape}"
    gap = np.abs(log_softmax(outputs) - logs).max()
    return "" if gap <= OUTPUT_TOLERANCE else f"some ln p is {gap:.3g} away from what it should be"


def _start_workers(
    workload: Workload, threads: int, plan: Plan, left_out: dict[str, str], stack: ExitStack
) -> dict[str, Process]:
    """Start a worker for each contestant that takes part; they import and compile concurrently."""
    running: dict[str, Process] = {}
    for name in plan.contestants:
        kind = CONTESTANTS[name]
        if reason := kind.declines(workload):
            left_out[name] = reason
        elif missing := kind.missing():
            left_out[name] = f"{missing} is not installed"
        else:
            running[name] = stack.enter_context(Process(plan.environ, threads))
            running[name].send(
                do="make", contestant=name, workload=workload.to_dict(), threads=threads
            )
    plan.on_progress(f"{workload.name}: preparing {', '.join(running)}")
    return running


def _for_each(
    running: dict[str, Process], left_out: dict[str, str], work: Callable[[str], object]
) -> None:
    """Call `work` for every contestant; one that fails is left out from then on."""
    for name in list(running):
        try:
            work(name)
        except WorkerError as error:
            left_out[name] = f"failed: {error.got}"
            del running[name]


def _result(workload: Workload, name: str, times: list[float], check: list[Any]) -> Result:
    return Result(
        workload.name,
        name,
        statistics.median(times),
        min(times),
        max(times),
        check[CHECKED_STEPS - 1] if workload.samples is None else None,
    )
