"""One contestant on one workload: check its results, warm it up, time it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, final

import numpy as np

from chainrule.bench.contestants.contestant import Contestant

__all__ = ["CHECKED_STEPS", "Inference", "Task", "Training", "task_for"]

CHECKED_STEPS = 50
"""Training steps whose losses are compared."""

UNTIMED_SHARE = 8

FEWEST_STEPS = 10
"""Training steps of the shortest slice, which takes longer than others where a step is slow."""

WARM_SLICES = 4
"""Slices that a process runs before the first that counts, if their length is known."""


class Task(ABC):
    """One contestant on one workload."""

    def __init__(self, contestant: Contestant) -> None:
        self.contestant, self.workload = contestant, contestant.workload
        contestant.reset()

    @abstractmethod
    def check(self, steps: int = CHECKED_STEPS) -> list[Any]:
        """The losses of so many steps, or outputs, that must agree with those of plain NumPy."""

    def warm_up(self, seconds: float, plan: Sequence[int] | None = None) -> list[int]:
        """Compile and warm up; returns the plan of a slice.

        It is the given one, of another process of this contestant, or what takes about `seconds`.
        """
        if plan is None:
            return self._chosen(seconds)
        self._set_plan(*plan)
        for _ in range(WARM_SLICES):
            self.time_once()
        return list(plan)

    @abstractmethod
    def _set_plan(self, *plan: int) -> None:
        """Choose what a slice is."""

    @abstractmethod
    def _chosen(self, seconds: float) -> list[int]:
        """Compile, then choose and return the plan of a slice of about `seconds`."""

    @abstractmethod
    def time_once(self) -> float:
        """Time one slice, and return microseconds per step or prediction.

        Before it, an eighth of the work is done untimed: it fills the caches that others used.
        """


@final
class Training(Task):
    """Training steps from the initial weights, at most one epoch per call."""

    def check(self, steps: int = CHECKED_STEPS) -> list[Any]:
        batches = self.contestant.batches(self.workload.order()[:steps])
        return self.contestant.losses(self.contestant.run(batches)).tolist()

    def _chosen(self, seconds: float) -> list[int]:
        self._set_plan(FEWEST_STEPS, 1)
        self.time_once()
        affordable = seconds * 1e6 / self.time_once()
        epoch = self.workload.steps
        self._set_plan(epoch if 2 * affordable >= epoch else max(FEWEST_STEPS, int(affordable)), 1)
        self.time_once()  # some libraries compile for this number of steps
        self._set_plan(self._steps, round(seconds * 1e6 / self.time_once() / self._steps))
        self.time_once()  # and for the number of untimed ones
        return [self._steps, self._times]

    def _set_plan(self, steps: int, times: int) -> None:
        """Choose that a slice has `steps` steps, `times` times, and prepare the batches."""
        self._steps, self._times = steps, max(1, times)
        untimed = min(steps, max(1, self._times * steps // UNTIMED_SHARE))
        order = self.workload.order(1)
        self._untimed = self.contestant.batches(order[:untimed])
        self._batches = self.contestant.batches(order[:steps])

    def time_once(self) -> float:
        run = self.contestant.run
        self.contestant.reset()
        for _ in range(max(1, self._times // UNTIMED_SHARE)):
            run(self._untimed)
        start = time.perf_counter()
        for _ in range(self._times):
            run(self._batches)
        return (time.perf_counter() - start) * 1e6 / (self._times * self._steps)


@final
class Inference(Task):
    """Predictions for several inputs in turn."""

    def __init__(self, contestant: Contestant) -> None:
        super().__init__(contestant)
        samples = self.workload.samples
        assert samples is not None
        x, _ = self.workload.data()
        count = min(16, len(x) // samples)
        parts = [np.ascontiguousarray(x[i * samples : (i + 1) * samples]) for i in range(count)]
        self._inputs = [contestant.inputs(part) for part in parts]
        self._times = 1

    def check(self, steps: int = CHECKED_STEPS) -> list[Any]:
        return self.contestant.outputs(self.contestant.infer(self._inputs[0])).tolist()

    def _chosen(self, seconds: float) -> list[int]:
        self.time_once()
        for _ in range(2):
            self._set_plan(max(1, round(seconds * 1e6 / self.time_once() / len(self._inputs))))
        return [self._times]

    def _set_plan(self, times: int) -> None:
        """Choose that a slice has every input `times` times."""
        self._times = times

    def time_once(self) -> float:
        infer, inputs = self.contestant.infer, self._inputs
        untimed = max(1, self._times * len(inputs) // UNTIMED_SHARE)
        for i in range(untimed):
            infer(inputs[i % len(inputs)])
        start = time.perf_counter()
        for _ in range(self._times):
            for x in inputs:
                infer(x)
        return (time.perf_counter() - start) * 1e6 / (self._times * len(inputs))


def task_for(contestant: Contestant) -> Task:
    """The kind of task that the contestant's workload asks for."""
    return Training(contestant) if contestant.workload.samples is None else Inference(contestant)
