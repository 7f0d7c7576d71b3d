"""The base class of all steppers, which hold their numbers in flat vectors."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from chainrule.errors import OptionError, ShapeError, TrainingError
from chainrule.graph import Array
from chainrule.nn import Layer
from chainrule.nn.prediction import in_chunks
from chainrule.nn.trees import map_outputs
from chainrule.ops.tensor import constant
from chainrule.train.data.batches import Rows
from chainrule.train.optimizers import Optimizer
from chainrule.train.steps.clipping import Clipping, global_norm
from chainrule.train.steps.compatibility import check_compatible
from chainrule.train.steps.flat_layout import FlatLayout
from chainrule.train.steps.flat_vectors import FlatVectors
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
        x: Array,
        y: Array,
        *,
        clipping: Clipping | None = None,
        micro_batch: int | None = None,
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
        self._micro_batch = micro_batch
        self._dtype = model.dtype
        (self._x, self._y), self._given = self._cast_rows(x, y), (x, y)
        self._most_parts = 1 if micro_batch is None else -(-len(self._x) // micro_batch)
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

    def feed(self, x: Array, y: Array) -> None:
        """See `Stepper.feed`."""
        if x is self._given[0] and y is self._given[1]:
            return
        rows = self._cast_rows(x, y)
        for old, new in zip((self._x, self._y), rows, strict=True):
            if (old.shape[1:], old.dtype) != (new.shape[1:], new.dtype):
                raise ShapeError(
                    "training",
                    expected=f"rows {old.shape[1:]} of {old.dtype}, as before",
                    got=f"{new.shape[1:]} of {new.dtype}",
                )
        if self._micro_batch is not None and len(rows[0]) > self._most_parts * self._micro_batch:
            raise ShapeError(
                "accumulation",
                expected=f"at most {self._most_parts * self._micro_batch} rows, as at the start",
                got=f"{len(rows[0])}",
            )
        (self._x, self._y), self._given = rows, (x, y)

    def _cast_rows(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Inputs and targets in their dtypes, once model and loss were checked with them."""
        x, y = np.asarray(x).astype(self._dtype, copy=False), self._targets(y)
        check_compatible(self._model, self._loss, x, y)
        return x, y

    @abstractmethod
    def prepare(self) -> None:
        """See `Stepper.prepare`."""

    def run(self, batches: Rows, learning_rate: float | Array) -> Array:
        """See `Stepper.run`."""
        first_step, losses = self.step, np.empty(len(batches))
        rates = np.full(len(batches), learning_rate, np.float64)
        self._has_gradients = False
        try:
            self._run(batches, rates, losses)
        except TrainingError as error:
            if self._vectors.non_finite_state() is None:
                error.losses = losses[: self.step - first_step].tolist()
            raise
        self._has_gradients = len(batches) > 0
        return losses

    @abstractmethod
    def _run(self, batches: Rows, rates: Array, losses: Array) -> None:
        """Make a step for each batch, and write its loss into `losses`."""

    def predict(self, x: Array) -> Any:
        """See `Stepper.predict`."""
        return in_chunks(self._predict_chunk, np.asarray(x).astype(self._dtype, copy=False))

    @abstractmethod
    def _predict_chunk(self, x: Array) -> Any:
        """The outputs for a few rows in evaluation mode."""

    def loss(self, x: Array, y: Array) -> float:
        """See `Stepper.loss`."""
        outputs = map_outputs(constant, self.predict(x))
        return self._loss(outputs, constant(self._targets(y))).item()

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

    def _micro_batches(self, rows: Array) -> list[Array]:
        """A batch, cut into parts of equal size (to within a row), at most `micro_batch` each."""
        if self._micro_batch is None or len(rows) <= self._micro_batch:
            return [rows]
        return np.array_split(rows, -(-len(rows) // self._micro_batch))

    def _counter(self, part: int) -> int:
        """The number that seeds Dropout in one part of the next step: from 1, never used twice."""
        return self.step * self._most_parts + part + 1

    def _targets(self, y: Array) -> Array:
        """Targets as the loss takes them: floating ones in the model's dtype, others unchanged."""
        y = np.asarray(y)
        return y.astype(self._dtype, copy=False) if y.dtype.kind == "f" else y
