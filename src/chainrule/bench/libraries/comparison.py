"""The whole comparison for one number of threads: times, roofs, memory and explanations."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any

from chainrule.bench.contestants import OURS
from chainrule.bench.libraries.plan import Plan, check
from chainrule.bench.libraries.results import PeerRatio, Result, Run
from chainrule.bench.libraries.workload_timing import time_workload
from chainrule.bench.measurements import explanation_time, planning_time
from chainrule.bench.measurements.roof import lower_roof
from chainrule.bench.pairing.paired_ratios import CONFIDENCE
from chainrule.bench.processes.host import UsedTime, used_since
from chainrule.bench.processes.machine import versions
from chainrule.bench.processes.process import Process, WorkerError
from chainrule.bench.workloads import Workload

__all__ = ["MEMORY", "run"]

MEMORY = "wide"
"""The workload whose memory is measured."""


def run(
    workloads: Sequence[Workload],
    threads: int,
    plan: Plan,
    host: Mapping[str, Any],
    notes: Sequence[str] = (),
) -> Run:
    """Run the comparison for these workloads on the host that `measure_host` describes."""
    check([threads], plan)
    before = UsedTime.now()
    results: list[Result] = []
    ratios: list[PeerRatio] = []
    left_out: dict[str, dict[str, str]] = {}
    roof: dict[str, dict[str, float]] = {}
    environment = _environment(threads, plan, notes)
    for workload in workloads:
        with ExitStack() as stack:
            # measured before and after; the better one counts, as that of an undisturbed machine
            roofs = _roofs(workload, threads, plan, stack)
            first = next(roofs)
            timing = time_workload(workload, threads, plan)
            lowest = lower_roof(first, next(roofs))
        found, reasons = timing.results, dict(timing.left_out)
        if lowest:
            roof[workload.name] = lowest
        else:
            reasons["roof"] = "could not be measured"
        if timing.blas:
            environment["blas"] = timing.blas
        if workload.name == MEMORY and not plan.quick:
            found = [replace(r, peak_mb=_peak(workload, r, plan)) for r in found]
        results += found
        ratios += [timing.ratio] if timing.ratio else []
        left_out[workload.name] = reasons
    others = {} if plan.quick else _others(workloads, threads, plan)
    environment["left_out"] = left_out
    return Run(environment, {**host, **used_since(before)}, results, ratios, roof, **others)


def _environment(threads: int, plan: Plan, notes: Sequence[str]) -> dict[str, Any]:
    """How it is measured, and with which versions."""
    return {
        "threads": threads,
        "turns": plan.turns,
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "confidence": CONFIDENCE,
        "quick": plan.quick,
        "python": platform.python_version(),
        "versions": versions(),
        "notes": list(notes),
    }


def _others(
    workloads: Sequence[Workload], threads: int, plan: Plan
) -> dict[str, dict[str, dict[str, Any]]]:
    """Measure explanations and planning, if chainrule takes part: by workload."""
    found: dict[str, dict[str, dict[str, Any]]] = {"explaining": {}, "planning": {}}
    for what, names, words in (
        ("explaining", explanation_time.SECONDS, "explaining a weight"),
        ("planning", planning_time.SECONDS, f"planning {planning_time.STEPS} steps"),
    ):
        for workload in workloads if OURS in plan.contestants else ():
            if workload.name in names:
                plan.on_progress(f"{workload.name}: {words}")
                with suppress(WorkerError), Process(plan.environ, threads) as process:
                    found[what][workload.name] = process.ask(
                        do=what, workload=workload.to_dict(), threads=threads
                    )
    return found


def _roofs(
    workload: Workload, threads: int, plan: Plan, stack: ExitStack
) -> Iterator[dict[str, float]]:
    """Measure the roof anew for each item that is requested; an item is empty if that fails."""
    process = stack.enter_context(Process(plan.environ, threads))
    while True:
        plan.on_progress(f"{workload.name}: measuring the roof")
        process.go_on()
        try:
            found = process.ask(do="roof", workload=workload.to_dict(), threads=threads)
        except WorkerError:
            found = {}
        process.stop()
        yield found


def _peak(workload: Workload, result: Result, plan: Plan) -> float | None:
    plan.on_progress(f"{workload.name}: measuring the memory of {result.contestant}")
    request = {"contestant": result.contestant, "workload": workload.to_dict()}
    try:
        with Process(plan.environ, result.threads, wait=result.wait) as process:
            return process.ask(do="memory", threads=result.threads, **request)
    except WorkerError:
        return None
