"""What a worker does with one contestant: check it, warm it up, time it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import Any, final

import numpy as np

from chainrule.bench.contestants.base import Contestant

__all__ = ["CHECKED", "Inference", "Task", "Training", "task"]

CHECKED = 50
"""Steps that are checked."""


class Task(ABC):
    """One contestant on one workload."""

    def __init__(self, contestant: Contestant) -> None:
        self.contestant, self.workload = contestant, contestant.workload
        contestant.reset()

    @abstractmethod
    def check(self) -> list[Any]:
        """What must agree with the referee: losses, or outputs."""

    @abstractmethod
    def warm(self, seconds: float) -> int:
        """Compile what is to be timed, and choose how much makes about so many seconds."""

    @abstractmethod
    def once(self) -> float:
        """One repetition: microseconds a step, or a prediction."""


@final
class Training(Task):
    """Steps, in stretches of an epoch at most, from the initial weights on at each repetition."""

    def check(self) -> list[Any]:
        batches = self.contestant.batches(self.workload.order()[:CHECKED])
        return self.contestant.losses(self.contestant.run(batches)).tolist()

    def warm(self, seconds: float) -> int:
        self._steps = min(CHECKED, self.workload.steps)
        self._times = 1
        self.once()
        ahead = seconds * 1e6 / self.once()
        epoch = self.workload.steps
        self._steps = epoch if 2 * ahead >= epoch else max(10, int(ahead))
        self.once()  # some compile for this number of steps
        self._times = max(1, round(seconds * 1e6 / self.once() / self._steps))
        return self._steps * self._times

    def once(self) -> float:
        run = self.contestant.run
        self.contestant.reset()
        batches = self.contestant.batches(self.workload.order(1)[: self._steps])
        began = time.perf_counter()
        for _ in range(self._times):
            run(batches)
        return (time.perf_counter() - began) * 1e6 / (self._times * self._steps)


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

    def check(self) -> list[Any]:
        return self.contestant.outputs(self.contestant.infer(self._inputs[0])).tolist()

    def warm(self, seconds: float) -> int:
        self.once()
        for _ in range(2):
            self._times = max(1, round(seconds * 1e6 / self.once() / len(self._inputs)))
        return self._times * len(self._inputs)

    def once(self) -> float:
        infer, inputs = self.contestant.infer, self._inputs
        began = time.perf_counter()
        for _ in range(self._times):
            for x in inputs:
                infer(x)
        return (time.perf_counter() - began) * 1e6 / (self._times * len(inputs))


def task(contestant: Contestant) -> Task:
    """What the contestant's workload asks for."""
    return Training(contestant) if contestant.workload.samples is None else Inference(contestant)
