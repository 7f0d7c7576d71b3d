"""The reference stepper: training steps evaluated node by node with NumPy."""

from __future__ import annotations

import math
from typing import Any, final

import numpy as np

from chainrule.errors import ShapeError, TrainingError
from chainrule.graph import Array, Evaluator, Spec
from chainrule.nn import Layer
from chainrule.nn.prediction import Prediction, trace_prediction
from chainrule.train.data.batches import Rows
from chainrule.train.optimizers import Optimizer, State
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.flat_layout import FlatLayout
from chainrule.train.steps.flat_stepper import FlatStepper
from chainrule.train.steps.flat_vectors import FlatVectors
from chainrule.train.steps.non_finite import find_non_finite, non_finite_error
from chainrule.train.steps.tracing import Loss, TrainingGraph, trace_training

__all__ = ["ReferenceStepper"]


@final
class ReferenceStepper(FlatStepper):
    """A `Stepper` that evaluates the training graph node by node.

    θ ← update(θ, clip(∂L/∂θ)), with one traced graph for each shape of batch.  It is slow and
    exact: the oracle that the compiled stepper is tested against.  See `make_stepper` for the
    arguments and errors.
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
        self._predictions: dict[Spec, tuple[Prediction, Evaluator]] = {}

    def _allocate(self, layout: FlatLayout, buffer_layout: FlatLayout) -> FlatVectors:
        return _SeparateVectors(layout, buffer_layout, self._optimizer, self._dtype)

    def prepare(self) -> None:
        """See `Stepper.prepare`; nothing here is compiled."""

    def _run(self, batches: Rows, rates: Array, losses: Array) -> None:
        own = self._vectors
        for i, (rows, rate) in enumerate(zip(batches, rates, strict=True)):
            vectors = own.parameters, own.gradients, own.buffers, *own.slots.values()
            previous = [vector.copy() for vector in vectors]
            try:
                losses[i] = self._accumulate(self._micro_batches(rows))
                self._update(float(rate))
            except TrainingError:
                for vector, values in zip(vectors, previous, strict=True):
                    vector[:] = values
                raise
            self.step += 1

    def _accumulate(self, parts: list[Array]) -> float:
        """Compute loss and gradients as means over all rows of the parts; returns the loss."""
        if len(parts) == 1:
            return self._backward(parts[0], self._counter(0))
        loss, total = 0.0, np.zeros_like(self._vectors.gradients)
        for i, rows in enumerate(parts):
            share = len(rows) / sum(map(len, parts))
            loss += share * self._backward(rows, self._counter(i))
            total += share * self._vectors.gradients
        self._vectors.gradients[:] = total
        return loss

    def _backward(self, rows: Array, counter: int) -> float:
        """Write gradients and new buffers for some rows into the vectors, and return their loss."""
        x, y = self._x[rows], self._y[rows]
        traced, evaluate = self._training_graph(Spec(x.shape, x.dtype), Spec(y.shape, y.dtype))
        loss, *rest = evaluate(*self._inputs(), np.int64(counter), x, y)
        vectors = self._vectors
        names = list(vectors.layout.shapes)
        gradients = dict(zip(names, rest, strict=False))
        self._check_finite(float(loss), gradients)
        vectors.layout.fill(vectors.gradients, gradients)
        buffers = vectors.buffer_layout.views(vectors.buffers)
        for name, value in zip(traced.updates, rest[len(names) :], strict=True):
            buffers[name][...] = value
        return float(loss)

    def _update(self, rate: float) -> None:
        """Apply the optimizer to the gradients; TrainingError where the result is not finite."""
        vectors = self._vectors
        with np.errstate(all="ignore"):
            self._optimizer.update(
                vectors.parameters, self.gradients, vectors.slots, self.step + 1, rate
            )
        found = vectors.non_finite_state()
        if found is not None:
            raise non_finite_error(self.step + 1, *found)

    def _check_finite(self, loss: float, gradients: dict[str, Array]) -> None:
        found = (
            find_non_finite(gradients, "a finite gradient of {}")
            if math.isfinite(loss)
            else ("a finite loss", f"{loss}")
        )
        if found is not None:
            raise non_finite_error(self.step + 1, *found)

    def _training_graph(self, x: Spec, y: Spec) -> tuple[TrainingGraph, Evaluator]:
        if (x, y) not in self._steps:
            traced = trace_training(self._model, self._loss, x, y)
            self._steps[x, y] = traced, Evaluator(traced.graph)
        return self._steps[x, y]

    def _predict_chunk(self, x: Array) -> Any:
        spec = Spec(x.shape, x.dtype)
        if spec not in self._predictions:
            traced = trace_prediction(self._model, spec)
            self._predictions[spec] = traced, Evaluator(traced.graph)
        traced, evaluate = self._predictions[spec]
        return traced.outputs([np.array(y) for y in evaluate(*self._inputs(), x)])

    def _inputs(self) -> list[Array]:
        vectors = self._vectors
        return [
            *vectors.layout.views(vectors.parameters).values(),
            *vectors.buffer_layout.views(vectors.buffers).values(),
        ]


@final
class _SeparateVectors(FlatVectors):
    """Flat vectors, each with memory of its own."""

    def __init__(
        self,
        layout: FlatLayout,
        buffer_layout: FlatLayout,
        optimizer: Optimizer,
        dtype: np.dtype,
    ) -> None:
        super().__init__(layout, buffer_layout)
        n = layout.size
        self.parameters, self.gradients = np.zeros(n, dtype), np.zeros(n, dtype)
        self.buffers = np.zeros(buffer_layout.size, dtype)
        self.slots = _initial_slots(optimizer, n, dtype)


def _initial_slots(optimizer: Optimizer, n: int, dtype: np.dtype) -> State:
    """The state that `init` returns; ShapeError unless every slot is a vector `(n,)`."""
    state = optimizer.init(n, dtype)
    for slot in dict.fromkeys((*optimizer.slots, *state)):
        got = np.shape(state[slot]) if slot in state else None
        if got != (n,):
            raise ShapeError(
                f"{optimizer.name} init",
                expected=f"{slot} of shape {(n,)}",
                got="none" if got is None else f"shape {got}",
                remedy="every slot has an entry for each parameter",
            )
    return {slot: np.array(vector, dtype, order="C") for slot, vector in state.items()}
