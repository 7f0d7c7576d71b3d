"""The base class of all steppers, which hold their numbers in flat vectors."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.errors import OptionError, ShapeError, TrainingError
from chainrule.graph import Array
from chainrule.nn import Layer
from chainrule.nn.prediction import in_chunks
from chainrule.nn.trees import map_inputs, map_outputs, single_output
from chainrule.ops.tensor import constant
from chainrule.train.data.batches import Rows
from chainrule.train.data.class_weights import row_weights
from chainrule.train.optimizers import Optimizer
from chainrule.train.steps.accumulation import micro_batches
from chainrule.train.steps.clipping import Clipping, global_norm
from chainrule.train.steps.compatibility import check_compatible
from chainrule.train.steps.data_rows import DataRows
from chainrule.train.steps.flat_layout import FlatLayout
from chainrule.train.steps.flat_vectors import FlatVectors
from chainrule.train.steps.hooks import Gradients, Hook, Hooks
from chainrule.train.steps.non_finite import NonFinite
from chainrule.train.steps.tracing import Loss
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["FlatStepper"]


class FlatStepper(ABC):
    """Everything of a `Stepper` except how it computes a step and a prediction."""

    def __init__(
        self,
        model: Layer,
        loss: Loss,
        optimizer: Optimizer,
        data: Mapping[str, Any],
        *,
        clipping: Clipping | None = None,
        micro_batch: int | None = None,
        hooks: Sequence[Hook] = (),
    ) -> None:
        parameters, buffers = model.parameters(), model.buffers()
        if not parameters:
            raise OptionError(
                "training",
                expected="a model with parameters",
                got=repr(model),
                remedy="add a Linear layer",
            )
        self._model, self._loss, self._optimizer = model, loss, optimizer
        self._clipping = clipping or Clipping()
        self._micro_batch, self._hooks = micro_batch, Hooks(hooks)
        self._dtype = model.dtype
        model.recognise_integers(data.get("x"))
        self._rows = DataRows(data, self._dtype, model.input_dtype)
        self._outputs: dict[int, Any] = {}  # by the number of rows: see `check_compatible`
        check_compatible(model, loss, self._rows, self._outputs)
        self._last_rows = self._rows
        # of a batch of all rows
        self._most_parts = 1 if micro_batch is None else -(-len(self._rows) // micro_batch)
        shapes = {name: tensor.shape for name, tensor in parameters.items()}
        self._vectors = self._allocate(
            FlatLayout(shapes, self._column_major(shapes)),
            FlatLayout({name: tensor.shape for name, tensor in buffers.items()}),
        )
        self._vectors.fill(
            {name: tensor.value for name, tensor in parameters.items()},
            {name: tensor.value for name, tensor in buffers.items()},
        )
        self.step = 0
        self._has_gradients = False  # whether the last run made a step and ended well

    @abstractmethod
    def _allocate(self, layout: FlatLayout, buffer_layout: FlatLayout) -> FlatVectors:
        """Vectors of these layouts, the slots as the optimizer initialises them."""

    def _column_major(self, names: Iterable[str]) -> Collection[str]:
        """The parameters to be stored column-major."""
        return ()

    @property
    def parameters(self) -> Array:
        """See `Stepper.parameters`; a copy."""
        return self._vectors.layout.row_major(self._vectors.parameters)

    @property
    def gradients(self) -> Array:
        """See `Stepper.gradients`; a copy."""
        applied = self._vectors.gradients.copy()
        self._clipping(applied)
        return self._vectors.layout.row_major(applied)

    def gradient_norms(self) -> dict[str, float]:
        """See `Stepper.gradient_norms`."""
        if not self._has_gradients:
            return {}
        layers: dict[str, list[float]] = {}
        for name, gradient in self._vectors.layout.views(self._vectors.gradients).items():
            norm = global_norm(gradient.reshape(-1))
            layers.setdefault(name.rpartition(".")[0] or name, []).append(norm)
        return {layer: math.hypot(*norms) for layer, norms in layers.items()}

    def _data(self, data: Mapping[str, Any]) -> DataRows:
        """Data of a call of `run`, checked once as long as their arrays stay the same."""
        if not self._last_rows.holds(data):
            rows = self._rows.like(data)
            check_compatible(self._model, self._loss, rows, self._outputs)
            if self._micro_batch and len(rows) > (most := self._most_parts * self._micro_batch):
                expected = f"at most {most} rows, as at the start"
                raise ShapeError("accumulation", expected=expected, got=f"{len(rows)}")
            self._last_rows = rows
        return self._last_rows

    @abstractmethod
    def prepare(self, rows: int) -> None:
        """See `Stepper.prepare`."""

    def run(
        self,
        batches: Rows,
        learning_rate: float | Array,
        data: Mapping[str, Any] | None = None,
    ) -> Array:
        """See `Stepper.run`."""
        rows = self._rows if data is None else self._data(data)
        first_step, losses = self.step, np.empty(len(batches))
        rates = np.full(len(batches), learning_rate, np.float64)
        self._has_gradients = False
        try:
            self._run(rows, batches, rates, losses)
        except TrainingError as error:
            if self._vectors.non_finite_state() is None:
                error.losses = losses[: self.step - first_step].tolist()
            raise
        self._has_gradients = len(batches) > 0
        return losses

    @abstractmethod
    def _run(self, rows: DataRows, batches: Rows, rates: Array, losses: Array) -> None:
        """Make a step for each batch of `rows`, and write its loss into `losses`."""

    @property
    def output_shape(self) -> tuple[int, ...] | None:
        """See `Stepper.output_shape`."""
        output = single_output(next(iter(self._outputs.values())))
        return None if output is None else output.shape[1:]

    def predict(self, x: Any) -> Any:
        """See `Stepper.predict`."""
        return in_chunks(self._predict_chunk, self._rows.cast("x", x))

    @abstractmethod
    def _predict_chunk(self, x: Any) -> Any:
        """The outputs for a few rows in evaluation mode."""

    def loss(self, x: Any, y: Any) -> float:
        """See `Stepper.loss`."""
        return self.loss_of(self.predict(x), y)

    def loss_of(self, outputs: Any, y: Any) -> float:
        """See `Stepper.loss_of`."""
        targets = map_inputs(constant, self._rows.cast("y", y))
        return self._loss(map_outputs(constant, outputs), targets).item()

    def state(self) -> Checkpoint:
        """See `Stepper.state`."""
        return self._vectors.checkpoint(self.step)

    def load_state(self, state: Checkpoint) -> None:
        """See `Stepper.load_state`."""
        self._vectors.restore(state, self._optimizer.name)
        self.step = state.step

    def store(self) -> None:
        """See `Stepper.store`."""
        self._model.load(self._vectors.arrays())

    def follow(self) -> None:
        """See `Stepper.follow`."""
        self._model.follow(self._vectors.array)

    def _micro_batches(self, rows: Array) -> list[Array]:
        """The parts of a batch that are computed one after the other."""
        return micro_batches(rows, self._micro_batch)

    def _weight(self, data: DataRows, rows: Array) -> float:
        """What these rows count together in the mean that the loss is."""
        weights = row_weights(self._loss, data.arrays, rows)
        return len(rows) if weights is None else float(weights.sum())

    def _run_hooks(self) -> NonFinite | None:
        """Show the gradients of the next step to the hooks that are due; see `Hooks.run`."""
        vector = self._vectors.gradients
        by_name = self._vectors.layout.views(vector)
        return self._hooks.run(Gradients(self.step + 1, vector, by_name))

    def _counter(self, part: int) -> int:
        """The number that seeds Dropout in one part of the next step: from 1, never used twice."""
        return self.step * self._most_parts + part + 1
