"""HIPS autograd: NumPy functions, differentiated while they run."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from chainrule.bench.contestants.contestant import Array, Contestant, library, only_small, sizes_of
from chainrule.bench.contestants.setting import Setting
from chainrule.bench.workloads import ADAM, Workload

__all__ = ["Hips"]


@final
class Hips(Contestant):
    """Trains with `value_and_grad` of the loss and Adam written in NumPy."""

    name: ClassVar[str] = "autograd"
    libraries: ClassVar[tuple[str, ...]] = ("autograd",)

    @classmethod
    def settings(cls, threads: int) -> list[Setting]:
        return [Setting(1)]  # products so small take one thread

    @classmethod
    def declines(cls, workload: Workload) -> str:
        return only_small(workload)

    def __init__(self, workload: Workload, threads: int) -> None:
        super().__init__(workload, threads)
        self._x, self._y = workload.data()
        self._hot = np.eye(sizes_of(workload)[-1], dtype=np.float32)[self._y]
        self._value_and_grad = library("autograd").value_and_grad(_loss(library("autograd.numpy")))

    def reset(self) -> None:
        self._parameters = [array.copy() for array in self.parameters.values()]
        self._first = [np.zeros_like(p) for p in self._parameters]
        self._second = [np.zeros_like(p) for p in self._parameters]
        self._count = 0

    def run(self, batches: list[Array]) -> list[float]:
        losses = []
        for rows in batches:
            loss, gradients = self._value_and_grad(self._parameters, self._x[rows], self._hot[rows])
            self._update(gradients)
            losses.append(float(loss))
        return losses

    def _update(self, gradients: list[Array]) -> None:
        self._count += 1
        b1, b2 = ADAM["beta1"], ADAM["beta2"]
        size = self.workload.learning_rate / (1 - b1**self._count)
        scale = 1 / (1 - b2**self._count) ** 0.5
        moments = zip(self._parameters, gradients, self._first, self._second, strict=True)
        for p, g, m, v in moments:
            m *= b1
            m += (1 - b1) * g
            v *= b2
            v += (1 - b2) * g * g
            p -= size * m / (np.sqrt(v) * scale + ADAM["eps"])


def _loss(np: Any) -> Any:
    """The loss of a batch, written with autograd's NumPy."""

    def loss(parameters: list[Any], a: Any, hot: Any) -> Any:
        count = len(parameters) // 2
        for i in range(count):
            a = np.dot(a, parameters[2 * i].T) + parameters[2 * i + 1]
            if i < count - 1:
                a = np.maximum(a, 0)
        top = np.max(a, axis=1, keepdims=True)
        logs = a - top - np.log(np.sum(np.exp(a - top), axis=1, keepdims=True))
        return -np.mean(np.sum(hot * logs, axis=1))

    return loss
