"""The reference stepper: training steps by the reference evaluator."""

from __future__ import annotations

import math
from typing import final

import numpy as np

from chainrule.errors import TrainingError
from chainrule.graph import Array, Evaluator, Spec
from chainrule.nn import Layer
from chainrule.nn.prediction import trace_prediction
from chainrule.train.data.batches import Rows
from chainrule.train.optimizers import Optimizer
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.flat import FlatStepper, finite
from chainrule.train.steps.tracing import Loss, TrainingGraph, trace_training

__all__ = ["ReferenceStepper"]


@final
class ReferenceStepper(FlatStepper):
    """A `Stepper` that evaluates the training graph node by node, with NumPy.

    θ ← update(θ, clip(∂L/∂θ)), one traced graph for each shape of batch.  It is slow and exact: the
    oracle that compiled steppers are held to.  Made by `make_stepper`, which says what is raised.
    """

    def __init__(
        self,
        model: Layer,
        loss: Loss,
        optimizer: Optimizer,
        x: Array,
        y: Array,
        *,
        clipping: Clipping | None = None,
        micro_batch: int | None = None,
    ) -> None:
        super().__init__(model, loss, optimizer, x, y, clipping=clipping, micro_batch=micro_batch)
        self._steps: dict[tuple[Spec, Spec], tuple[TrainingGraph, Evaluator]] = {}
        self._predictions: dict[Spec, Evaluator] = {}

    def _run(self, batches: Rows, rates: Array, losses: Array) -> None:
        for i, (rows, rate) in enumerate(zip(batches, rates, strict=True)):
            vectors = self._parameters, self._gradients, self._buffers, *self._slots.values()
            before = [vector.copy() for vector in vectors]
            try:
                losses[i] = self._accumulate(self._parts(rows))
                self._update(float(rate))
            except TrainingError:
                for vector, was in zip(vectors, before, strict=True):
                    vector[:] = was
                raise
            self.step += 1

    def prepare(self) -> None:
        """Nothing: NumPy waits for nothing."""

    def _accumulate(self, parts: list[Array]) -> float:
        """Loss and gradients, their means over all rows."""
        if len(parts) == 1:
            return self._backward(parts[0], self._counter(0))
        loss, total = 0.0, np.zeros_like(self._gradients)
        for i, rows in enumerate(parts):
            share = len(rows) / sum(map(len, parts))
            loss += share * self._backward(rows, self._counter(i))
            total += share * self._gradients
        self._gradients[:] = total
        return loss

    def _update(self, rate: float) -> None:
        """What the optimizer makes of the gradients."""
        with np.errstate(all="ignore"):
            self._optimizer.update(
                self._parameters, self.gradients, self._slots, self.step + 1, rate
            )
        wrong = self._not_finite_after()
        if wrong is not None:
            raise self._error(f"training step {self.step + 1}", *wrong)

    def _backward(self, rows: Array, counter: int) -> float:
        """Loss, gradients and new buffers of some rows."""
        x, y = self._x[rows], self._y[rows]
        traced, evaluate = self._step_graph(Spec(x.shape, x.dtype), Spec(y.shape, y.dtype))
        loss, *rest = evaluate(*self._inputs(), np.int64(counter), x, y)
        names = list(self._layout.shapes)
        gradients = dict(zip(names, rest, strict=False))
        self._check_finite(float(loss), gradients)
        for name, view in self._layout.views(self._gradients).items():
            view[...] = gradients[name]
        buffers = self._buffer_layout.views(self._buffers)
        for name, value in zip(traced.updates, rest[len(names) :], strict=True):
            buffers[name][...] = value
        return float(loss)

    def _check_finite(self, loss: float, gradients: dict[str, Array]) -> None:
        where = f"training step {self.step + 1}"
        if not math.isfinite(loss):
            raise self._error(where, "a finite loss", f"{loss}")
        for name, gradient in gradients.items():
            if not finite(gradient):
                bad = gradient[~np.isfinite(gradient)][0]
                raise self._error(where, f"a finite gradient of {name}", f"{bad}")

    def _step_graph(self, x: Spec, y: Spec) -> tuple[TrainingGraph, Evaluator]:
        if (x, y) not in self._steps:
            traced = trace_training(self._model, self._loss, x, y)
            self._steps[x, y] = traced, Evaluator(traced.graph)
        return self._steps[x, y]

    def _forward(self, x: Array) -> Array:
        spec = Spec(x.shape, x.dtype)
        if spec not in self._predictions:
            self._predictions[spec] = Evaluator(trace_prediction(self._model, spec))
        return np.array(self._predictions[spec](*self._inputs(), x)[0])

    def _inputs(self) -> list[Array]:
        return [
            *self._layout.views(self._parameters).values(),
            *self._buffer_layout.views(self._buffers).values(),
        ]
