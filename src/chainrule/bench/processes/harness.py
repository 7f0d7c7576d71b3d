"""The harness: check, warm up and time contestants in turn, each in its own process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from chainrule.bench.contestants import CONTESTANTS
from chainrule.bench.processes.process import Process, WorkerError
from chainrule.bench.processes.tasks import CHECKED
from chainrule.bench.referee import (
    disagreement,
    log_softmax,
    reference_losses,
    reference_outputs,
)
from chainrule.bench.results import Result
from chainrule.bench.workloads import Workload

__all__ = ["Plan", "compare", "verdict"]

PAUSE = 0.25
"""Seconds between two contestants: OpenBLAS's threads look for work a tenth of one, then sleep."""

OUTPUTS = 1e-4
"""Largest difference of a predicted ln p."""


@final
@dataclass(frozen=True)
class Plan:
    """How to measure.

    environ  variables of this process, from which the contestants' are made
    say      called with a line now and then
    """

    environ: Mapping[str, str]
    contestants: tuple[str, ...] = tuple(CONTESTANTS)
    repetitions: int = 7
    seconds: float = 0.3
    say: Callable[[str], None] = field(default=lambda line: None)


def compare(
    workload: Workload, threads: int, plan: Plan
) -> tuple[list[Result], dict[str, str], dict[str, list[str]]]:
    """Results by contestant, why others have none, and each one's matrix libraries.

    All are made before any is timed, and then timed in turn, A B C A B C …, so that what disturbs
    the machine for a while disturbs all of them.
    """
    left_out: dict[str, str] = {}
    with ExitStack() as stack:
        running = _started(workload, threads, plan, left_out, stack)
        checks: dict[str, list[Any]] = {}
        libraries: dict[str, list[str]] = {}

        def check(name: str) -> None:
            libraries[name] = running[name].receive()
            checks[name] = running[name].ask(do="check")

        _each(running, left_out, check)
        for name, problem in verdict(workload, checks).items():
            left_out[name] = f"disagrees: {problem}"
            del running[name]
        plan.say(f"{workload.name}: warming up")
        _each(running, left_out, lambda name: running[name].ask(do="warm", seconds=plan.seconds))
        times: dict[str, list[float]] = {name: [] for name in running}

        def once(name: str) -> None:
            time.sleep(PAUSE)
            times[name].append(running[name].ask(do="once"))

        for repetition in range(plan.repetitions):
            plan.say(f"{workload.name}: repetition {repetition + 1} of {plan.repetitions}")
            _each(running, left_out, once)
    results = [_result(workload, name, times[name], checks[name]) for name in running]
    return results, left_out, libraries


def verdict(workload: Workload, checks: Mapping[str, list[Any]]) -> dict[str, str]:
    """Of those that do not agree with the referee: how."""
    if workload.samples is None:
        expected = reference_losses(workload, CHECKED)
        found = {
            name: disagreement(np.array(losses), expected, workload.tolerance)
            for name, losses in checks.items()
        }
    else:
        logs = log_softmax(reference_outputs(workload, workload.data()[0][: workload.samples]))
        found = {name: _differs(np.array(outputs), logs) for name, outputs in checks.items()}
    return {name: problem for name, problem in found.items() if problem}


def _differs(outputs: Any, logs: Any) -> str:
    if outputs.shape != logs.shape:
        return f"outputs of shape {outputs.shape} instead of {logs.shape}"
    gap = np.abs(log_softmax(outputs) - logs).max()
    return "" if gap <= OUTPUTS else f"some ln p is {gap:.3g} away from what it should be"


def _started(
    workload: Workload, threads: int, plan: Plan, left_out: dict[str, str], stack: ExitStack
) -> dict[str, Process]:
    """A process for each contestant that takes part, importing and compiling side by side."""
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
    plan.say(f"{workload.name}: preparing {', '.join(running)}")
    return running


def _each(
    running: dict[str, Process], left_out: dict[str, str], work: Callable[[str], object]
) -> None:
    """Do it with every one; who fails is left out from then on."""
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
        check[CHECKED - 1] if workload.samples is None else None,
    )
