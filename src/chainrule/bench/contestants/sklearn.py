"""scikit-learn's MLPClassifier."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from chainrule.bench.contestants.contestant import Array, Contestant, no_perceptron, sizes_of
from chainrule.bench.networks import Perceptron
from chainrule.bench.workloads import ADAM, Workload

__all__ = ["ScikitLearn"]


@final
class ScikitLearn(Contestant):
    """Runs the loop inside `MLPClassifier.fit`, so that only training steps are timed.

    Two differences remain.  Its ε is not divided by the bias correction of the second moment, which
    changes no digit that is compared.  Two classes get two outputs, where it would use one.
    """

    name: ClassVar[str] = "sklearn"
    libraries: ClassVar[tuple[str, ...]] = ("sklearn",)

    @classmethod
    def declines(cls, workload: Workload) -> str:
        network = workload.network
        norm = isinstance(network, Perceptron) and network.batch_norm
        return "has no batch normalisation" if norm else no_perceptron(workload)

    def __init__(self, workload: Workload, threads: int) -> None:
        super().__init__(workload, threads)
        from sklearn.neural_network import MLPClassifier

        self._kind: Any = MLPClassifier
        self._x, self._labels = workload.data()
        self._hot = np.eye(sizes_of(workload)[-1], dtype=bool)[self._labels]

    def reset(self) -> None:
        from sklearn.neural_network import _stochastic_optimizers as optimizers

        sizes = sizes_of(self.workload)
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
        given = self.parameters
        model.coefs_ = [np.array(given[f"{i}.weight"].T, order="C") for i in range(len(sizes) - 1)]
        model.intercepts_ = [np.array(given[f"{i}.bias"]) for i in range(len(sizes) - 1)]
        model.out_activation_, model.n_outputs_ = "softmax", sizes[-1]
        self._parameters = model.coefs_ + model.intercepts_
        model._optimizer = optimizers.AdamOptimizer(
            self._parameters, self.workload.learning_rate, ADAM["beta1"], ADAM["beta2"], ADAM["eps"]
        )
        self._model = model

    def run(self, batches: list[Array]) -> list[float]:
        model, x, hot, count = self._model, self._x, self._hot, len(sizes_of(self.workload)) - 1
        activations: list[Any] = [None] * (count + 1)
        deltas: list[Any] = [None] * count
        weight_gradients: list[Any] = [None] * count
        bias_gradients: list[Any] = [None] * count
        losses = []
        for rows in batches:
            activations[0] = x[rows]
            loss, weight_gradients, bias_gradients = model._backprop(
                activations[0],
                hot[rows],
                None,
                activations,
                deltas,
                weight_gradients,
                bias_gradients,
            )
            model._optimizer.update_params(self._parameters, weight_gradients + bias_gradients)
            losses.append(loss)
        return losses

    def inputs(self, x: Array) -> Array:
        return x

    def infer(self, x: Array) -> Array:
        return self._model.predict_proba(x)

    def outputs(self, found: Array) -> Array:
        return np.log(found)
