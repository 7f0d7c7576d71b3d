"""The whole comparison for one number of threads: times, roofs, memory and explanations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any

from chainrule.bench.contestants import CONTESTANTS, OURS
from chainrule.bench.libraries.harness import Plan, compare
from chainrule.bench.libraries.results import Result, Run
from chainrule.bench.measurements.explanation_time import SECONDS
from chainrule.bench.measurements.roof import lower_roof
from chainrule.bench.processes.machine import describe
from chainrule.bench.processes.process import Process, WorkerError
from chainrule.bench.workloads import Workload
from chainrule.errors import OptionError, UnknownNameError

__all__ = ["MEMORY", "check", "run"]

MEMORY = "wide"
"""The workload whose memory is measured."""


def check(threads: Sequence[int], plan: Plan) -> None:
    """Raise OptionError or UnknownNameError for settings that cannot be measured."""
    for count in threads:
        if count < 1:
            raise OptionError("threads", expected="1 or more", got=str(count))
    if plan.repetitions < 1:
        raise OptionError("repetitions", expected="1 or more", got=str(plan.repetitions))
    for name in plan.contestants:
        if name not in CONTESTANTS:
            raise UnknownNameError("contestant", name, CONTESTANTS)


def run(workloads: Sequence[Workload], threads: int, plan: Plan) -> Run:
    """Run the comparison for these workloads."""
    check([threads], plan)
    environment: dict[str, Any] = describe(threads, plan.repetitions)
    results: list[Result] = []
    left_out: dict[str, dict[str, str]] = {}
    roof: dict[str, dict[str, float]] = {}
    for workload in workloads:
        with ExitStack() as stack:
            # measured before and after; the better one counts, as that of an undisturbed machine
            roofs = _roofs(workload, threads, plan, stack)
            first = next(roofs)
            found, reasons, libraries = compare(workload, threads, plan)
            lowest = lower_roof(first, next(roofs))
        if lowest:
            roof[workload.name] = lowest
        else:
            reasons["roof"] = "could not be measured"
        if OURS in libraries:
            environment["blas"] = libraries[OURS]
        if workload.name == MEMORY:
            found = [
                replace(r, peak_mb=_peak(workload, r.contestant, threads, plan)) for r in found
            ]
        results += found
        left_out[workload.name] = reasons
    environment["left_out"] = left_out
    return Run(environment, results, roof, _explaining(workloads, threads, plan))


def _explaining(
    workloads: Sequence[Workload], threads: int, plan: Plan
) -> dict[str, dict[str, Any]]:
    """Measure explanations, if chainrule takes part."""
    found: dict[str, dict[str, Any]] = {}
    for workload in workloads if OURS in plan.contestants else ():
        if workload.name in SECONDS:
            plan.on_progress(f"{workload.name}: explaining a weight")
            with suppress(WorkerError), Process(plan.environ, threads) as process:
                found[workload.name] = process.ask(
                    do="explain", workload=workload.to_dict(), threads=threads
                )
    return found


def _roofs(
    workload: Workload, threads: int, plan: Plan, stack: ExitStack
) -> Iterator[dict[str, float]]:
    """Measure the roof anew for each item that is requested; an item is empty if that fails."""
    process = stack.enter_context(Process(plan.environ, threads))
    while True:
        plan.on_progress(f"{workload.name}: measuring the roof")
        try:
            yield process.ask(do="roof", workload=workload.to_dict(), threads=threads)
        except WorkerError:
            yield {}


def _peak(workload: Workload, name: str, threads: int, plan: Plan) -> float | None:
    plan.on_progress(f"{workload.name}: measuring the memory of {name}")
    request = {"contestant": name, "workload": workload.to_dict(), "threads": threads}
    try:
        with Process(plan.environ, threads) as process:
            return process.ask(do="memory", **request)
    except WorkerError:
        return None
