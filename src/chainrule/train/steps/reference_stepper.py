"""The reference stepper: training steps evaluated node by node with NumPy."""

from __future__ import annotations

import math
from typing import Any, final

import numpy as np

from chainrule.graph import Array, Evaluator, Spec
from chainrule.nn.prediction import Prediction, trace_prediction
from chainrule.nn.trees import flatten_inputs, is_tree
from chainrule.train.data.batches import Rows
from chainrule.train.optimizers import Optimizer
from chainrule.train.steps.accumulation import accumulate
from chainrule.train.steps.data_rows import DataRows
from chainrule.train.steps.flat_layout import FlatLayout
from chainrule.train.steps.flat_stepper import FlatStepper
from chainrule.train.steps.flat_vectors import FlatVectors, initial_slots
from chainrule.train.steps.non_finite import find_non_finite, non_finite_error
from chainrule.train.steps.tracing import TrainingGraph, trace_training

__all__ = ["ReferenceStepper"]


@final
class ReferenceStepper(FlatStepper):
    """A `Stepper` that evaluates the training graph node by node.

    θ ← update(θ, clip(∂L/∂θ)), with one traced graph for each shape of batch.  It is slow and
    exact: the oracle that the compiled stepper is tested against.  See `make_stepper` for the
    arguments and errors.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._steps: dict[int, tuple[TrainingGraph, Evaluator]] = {}
        self._predictions: dict[tuple[Any, ...], tuple[Prediction, Evaluator]] = {}

    def _allocate(self, layout: FlatLayout, buffer_layout: FlatLayout) -> FlatVectors:
        return _SeparateVectors(layout, buffer_layout, self._optimizer, self._dtype)

    def prepare(self, rows: int) -> None:
        """See `Stepper.prepare`; nothing here is compiled."""

    def _run(self, rows: DataRows, batches: Rows, rates: Array, losses: Array) -> None:
        own = self._vectors
        for i, (batch, rate) in enumerate(zip(batches, rates, strict=True)):
            vectors = own.parameters, own.gradients, own.buffers, *own.slots.values()
            previous = [vector.copy() for vector in vectors]
            try:
                losses[i] = accumulate(
                    self._micro_batches(batch),
                    lambda: own.gradients,
                    lambda part, some, counts: self._backward(
                        rows, some, self._counter(part), counts
                    ),
                    lambda some: self._weight(rows, some),
                )
                if (found := self._run_hooks()) is not None:
                    raise non_finite_error(self.step + 1, *found)
                self._update(float(rate))
            except BaseException:  # hooks, and rules of the user's own, may raise anything
                for vector, values in zip(vectors, previous, strict=True):
                    vector[:] = values
                raise
            self.step += 1

    def _backward(self, data: DataRows, rows: Array, counter: int, counts: bool) -> float:
        """Write gradients and new buffers for some rows into the vectors, and return their loss."""
        batch = data.batch(rows)
        traced, evaluate = self._training_graph(data, len(rows))
        values = evaluate(*self._inputs(), np.int64(counter), *batch.values())
        results = dict(zip(traced.graph.outputs, values, strict=True))
        loss = float(results[traced.loss])
        vectors = self._vectors
        gradients = {name: results[node] for name, node in traced.gradients.items()}
        if counts:
            self._check_finite(loss, gradients)
        vectors.layout.fill(vectors.gradients, gradients)
        new_buffers = {name: results[node] for name, node in traced.new_buffers.items()}
        vectors.buffer_layout.fill(vectors.buffers, new_buffers)
        return loss

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

    def _training_graph(self, data: DataRows, rows: int) -> tuple[TrainingGraph, Evaluator]:
        if rows not in self._steps:  # all data have one form
            traced = trace_training(self._model, self._loss, **data.specs(rows))
            self._steps[rows] = traced, Evaluator(traced.graph)
        return self._steps[rows]

    def _predict_chunk(self, x: Any) -> Any:
        leaves, structure = flatten_inputs(x) if is_tree(x) else ([x], None)
        specs = [Spec(leaf.shape, leaf.dtype) for leaf in leaves]
        key = structure, *specs
        if key not in self._predictions:
            traced = trace_prediction(self._model, *specs, structure=structure)
            self._predictions[key] = traced, Evaluator(traced.graph)
        traced, evaluate = self._predictions[key]
        return traced.outputs([np.array(y) for y in evaluate(*self._inputs(), *leaves)])

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
        slots = initial_slots(optimizer, n, dtype)
        self.slots = {name: vector.copy() for name, vector in slots.items()}
