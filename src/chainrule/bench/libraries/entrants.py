"""The entrants of a workload: contestants with a setting, each in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, final

from chainrule.bench.contestants import CONTESTANTS
from chainrule.bench.contestants.setting import Setting
from chainrule.bench.libraries.plan import Plan
from chainrule.bench.processes.machine import available_processors
from chainrule.bench.processes.process import CAN_STOP, Process, WorkerError
from chainrule.bench.workloads import Workload

__all__ = ["Entrant", "for_each", "prepare", "settings_of"]

PAUSE = 0.005 if CAN_STOP else 0.25
"""Seconds between two entrants.  OpenBLAS's threads spin for a tenth of a second, then sleep:
where a process that waits cannot be stopped, its threads need that time."""

LONGEST_SLICE = 60.0
"""Seconds after which an entrant that does not end its slice has failed."""

SLOW_TO_COMPILE = {"torch_compile": "torch_eager"}
"""Contestants that a quick run leaves out, and the same library without compilation."""


@final
@dataclass(eq=False)
class Entrant:
    """A contestant with a setting, and its process, which is stopped while it has nothing to do.

    blas      the BLAS libraries in its process
    results   the losses or outputs that it computed first
    plan      how much work a slice is, as its task says it
    """

    name: str
    setting: Setting
    process: Process
    blas: list[str] = field(default_factory=list[str])
    results: list[Any] = field(default_factory=list[Any])
    plan: list[int] | None = None

    def __str__(self) -> str:
        return f"{self.name}, {self.setting}"

    def prepare(self, workload: Workload, *, checked: int) -> None:
        """Import, build and, if steps are to be `checked`, compute what must agree."""
        request = {"contestant": self.name, "workload": workload.to_dict()}
        try:
            self.blas = self.process.ask(do="make", threads=self.setting.threads, **request)
            if checked:
                self.results = self.process.ask(do="check", steps=checked)
        finally:
            self.process.stop()

    def warm_up(self, seconds: float) -> None:
        """Compile, and choose how much work takes about `seconds` unless there is a plan."""
        self.plan = self._alone(do="warm", seconds=seconds, plan=self.plan)

    def slice(self) -> float:
        """Time one slice; microseconds a step."""
        return self._alone(do="slice", longest=LONGEST_SLICE)

    def _alone(self, **request: Any) -> Any:
        """Ask while the processes of all others are stopped."""
        time.sleep(PAUSE)
        self.process.go_on()
        try:
            return self.process.ask(**request)
        finally:
            self.process.stop()


def settings_of(
    workload: Workload, threads: int, plan: Plan, left_out: dict[str, str]
) -> list[tuple[str, Setting]]:
    """The contestants that take part with each of their settings; the others are left out."""
    found: list[tuple[str, Setting]] = []
    for name in plan.contestants:
        kind = CONTESTANTS[name]
        if reason := kind.declines(workload):
            left_out[name] = reason
        elif missing := kind.missing():
            left_out[name] = f"{missing} is not installed"
        elif plan.quick and name in SLOW_TO_COMPILE:
            left_out[name] = "takes too long to compile for a quick run"
        else:
            settings = kind.settings(threads)
            found += [(name, setting) for setting in settings[: 1 if plan.quick else None]]
    return found


def prepare(
    chosen: Iterable[tuple[str, Setting]],
    workload: Workload,
    plan: Plan,
    left_out: dict[str, str],
    stack: ExitStack,
    *,
    checked: int,
) -> list[Entrant]:
    """Start a process for each, as many at once as there are processors; `stack` ends them."""

    def start(name: str, setting: Setting) -> Entrant:
        process = Process(plan.environ, setting.threads, wait=setting.wait)
        entrant = Entrant(name, setting, stack.enter_context(process))
        entrant.prepare(workload, checked=checked)
        return entrant

    found: list[Entrant] = []
    with ThreadPoolExecutor(min(4, available_processors())) as pool:
        started = [(*each, pool.submit(start, *each)) for each in chosen]
        try:
            for name, setting, future in started:
                try:
                    found.append(future.result())
                except (WorkerError, OSError) as error:
                    left_out[f"{name}, {setting}"] = failure(error)
        except BaseException:  # an interrupt: do not start the rest
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return found


def for_each(
    entrants: Sequence[Entrant], left_out: dict[str, str], work: Callable[[Entrant], object]
) -> list[Entrant]:
    """Call `work` for every entrant; those that did not fail.  The others are left out."""
    found: list[Entrant] = []
    for entrant in entrants:
        try:
            work(entrant)
        except WorkerError as error:
            left_out[str(entrant)] = failure(error)
        else:
            found.append(entrant)
    return found


def failure(error: WorkerError | OSError) -> str:
    """Why an entrant is left out."""
    return f"failed: {error.got if isinstance(error, WorkerError) else error.strerror}"
