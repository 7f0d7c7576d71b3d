"""micrograd: one Python object for each number."""

from __future__ import annotations

import math
from typing import Any, ClassVar, final

import numpy as np

from chainrule.bench.contestants.contestant import (
    Array,
    Contestant,
    library,
    only_small,
    sizes_of,
)
from chainrule.bench.contestants.setting import Setting
from chainrule.bench.workloads import ADAM, Workload

__all__ = ["Micrograd"]


@final
class Micrograd(Contestant):
    """Trains in float64 with its `Value`, extended by exp and log, and Adam written in Python."""

    name: ClassVar[str] = "micrograd"
    libraries: ClassVar[tuple[str, ...]] = ("micrograd",)

    @classmethod
    def settings(cls, threads: int) -> list[Setting]:
        return [Setting(1)]

    @classmethod
    def declines(cls, workload: Workload) -> str:
        return only_small(workload)

    def __init__(self, workload: Workload, threads: int) -> None:
        super().__init__(workload, threads)
        self._nn, self._value = library("micrograd.nn"), library("micrograd.engine").Value
        x, y = workload.data()
        self._x, self._y = x.astype(np.float64), y

    def reset(self) -> None:
        sizes = sizes_of(self.workload)
        self._model = self._nn.MLP(sizes[0], list(sizes[1:]))
        for i, layer in enumerate(self._model.layers):
            weight, biases = (self.parameters[f"{i}.{part}"] for part in ("weight", "bias"))
            for neuron, row, bias in zip(layer.neurons, weight, biases, strict=True):
                for value, number in zip(neuron.w, row, strict=True):
                    value.data = float(number)
                neuron.b.data = float(bias)
        self._parameters = self._model.parameters()
        self._moments = [[0.0, 0.0] for _ in self._parameters]
        self._count = 0

    def run(self, batches: list[Array]) -> list[float]:
        losses = []
        for rows in batches:
            terms = [self._loss(self._model(x), y) for x, y in self._samples(rows)]
            loss: Any = sum(terms, self._value(0.0)) * (1 / len(rows))
            self._model.zero_grad()
            loss.backward()
            self._update()
            losses.append(loss.data)
        return losses

    def _samples(self, rows: Array) -> list[tuple[list[float], int]]:
        return [(self._x[row].tolist(), int(self._y[row])) for row in rows]

    def _loss(self, logits: list[Any], label: int) -> Any:
        top = max(z.data for z in logits)
        exps = [self._extended(z - top, math.exp, math.exp) for z in logits]
        total = self._extended(sum(exps[1:], exps[0]), math.log, lambda x: 1 / x)
        return total - (logits[label] - top)

    def _extended(self, x: Any, function: Any, derivative: Any) -> Any:
        """A function that micrograd lacks, written like its own."""
        out = self._value(function(x.data), (x,))

        def backward() -> None:
            x.grad += derivative(x.data) * out.grad

        out._backward = backward
        return out

    def _update(self) -> None:
        self._count += 1
        b1, b2 = ADAM["beta1"], ADAM["beta2"]
        c1, c2 = 1 - b1**self._count, 1 - b2**self._count
        for p, moments in zip(self._parameters, self._moments, strict=True):
            moments[0] = b1 * moments[0] + (1 - b1) * p.grad
            moments[1] = b2 * moments[1] + (1 - b2) * p.grad**2
            root = math.sqrt(moments[1] / c2) + ADAM["eps"]
            p.data -= self.workload.learning_rate * moments[0] / c1 / root
