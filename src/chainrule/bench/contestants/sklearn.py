"""scikit-learn's MLPClassifier."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from chainrule.bench.contestants.base import Array, Contestant
from chainrule.bench.workloads import ADAM, Workload

__all__ = ["ScikitLearn"]


@final
class ScikitLearn(Contestant):
    """The loop inside `MLPClassifier.fit`, so that nothing but steps is counted.

    Two differences are left: ε is not divided by the correction of the second moment, which changes
    no digit that is looked at, and two classes are given two outputs, where it would take one.
    """

    name: ClassVar[str] = "sklearn"
    libraries: ClassVar[tuple[str, ...]] = ("sklearn",)

    @classmethod
    def declines(cls, workload: Workload) -> str:
        return "has no batch normalisation" if workload.batch_norm else ""

    def __init__(self, workload: Workload, threads: int) -> None:
        super().__init__(workload, threads)
        from sklearn.neural_network import MLPClassifier

        self._kind: Any = MLPClassifier
        self._x, self._labels = workload.data()
        self._hot = np.eye(workload.sizes[-1], dtype=bool)[self._labels]

    def reset(self) -> None:
        from sklearn.neural_network import _stochastic_optimizers as optimizers

        sizes = self.workload.sizes
        model = self._kind(
            sizes[1:-1],
            alpha=0.0,
            batch_size=self.workload.batch,
            learning_rate_init=self.workload.learning_rate,
            beta_1=ADAM["beta1"],
            beta_2=ADAM["beta2"],
            epsilon=ADAM["eps"],
            random_state=0,
        )
        rows = self.workload.batch
        model.partial_fit(self._x[:rows], self._labels[:rows], classes=np.arange(sizes[-1]))
        layers = self.layers
        model.coefs_ = [np.array(layer.weight.T, order="C") for layer in layers]
        model.intercepts_ = [np.array(layer.bias) for layer in layers]
        model.out_activation_, model.n_outputs_ = "softmax", sizes[-1]
        self._parameters = model.coefs_ + model.intercepts_
        model._optimizer = optimizers.AdamOptimizer(
            self._parameters, self.workload.learning_rate, ADAM["beta1"], ADAM["beta2"], ADAM["eps"]
        )
        self._model = model

    def run(self, batches: list[Array]) -> list[float]:
        model, x, hot, count = self._model, self._x, self._hot, len(self.workload.sizes) - 1
        activations: list[Any] = [None] * (count + 1)
        deltas: list[Any] = [None] * count
        slopes: list[Any] = [None] * count
        shifts: list[Any] = [None] * count
        losses = []
        for rows in batches:
            activations[0] = x[rows]
            loss, slopes, shifts = model._backprop(
                activations[0], hot[rows], None, activations, deltas, slopes, shifts
            )
            model._optimizer.update_params(self._parameters, slopes + shifts)
            losses.append(loss)
        return losses

    def inputs(self, x: Array) -> Array:
        return x

    def infer(self, x: Array) -> Array:
        return self._model.predict_proba(x)

    def outputs(self, found: Array) -> Array:
        return np.log(found)
