"""What every stepper has: flat vectors of parameters, gradients and slots, and their names."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from chainrule.errors import OptionError, ShapeError, TrainingError
from chainrule.graph import Array, Spec
from chainrule.nn import Layer
from chainrule.nn.prediction import CHUNK, in_chunks, trace_prediction
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant
from chainrule.train.data.batches import Rows
from chainrule.train.optimizers import Optimizer, State
from chainrule.train.steps.clipping import Clipping, global_norm
from chainrule.train.steps.flat_layout import Layout
from chainrule.train.steps.tracing import Loss
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["FlatStepper", "finite"]


class FlatStepper(ABC):
    """A `Stepper` but for running steps: its vectors, their names, and what is saved of them."""

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
        self._x, self._y = np.asarray(x).astype(self._dtype, copy=False), self._targets(y)
        self._buffer_layout = Layout({name: tensor.shape for name, tensor in buffers.items()})
        self._check()
        shapes = {name: tensor.shape for name, tensor in parameters.items()}
        self._layout = Layout(shapes, self._transposed(shapes))
        self._allocate()
        self._layout.fill(self._parameters, _values(parameters))
        self._buffer_layout.fill(self._buffers, _values(buffers))
        self.step = 0
        self._ran = False  # whether the last run has made steps

    _parameters: Array
    _gradients: Array
    _buffers: Array
    _slots: dict[str, Array]

    @property
    def parameters(self) -> Array:
        """A copy of all parameters, one flat vector."""
        return self._layout.by_rows(self._parameters)

    @property
    def gradients(self) -> Array:
        """The gradients of the last step, as they were applied."""
        applied = self._gradients.copy()
        self._clipping(applied)
        return self._layout.by_rows(applied)

    def gradient_norms(self) -> dict[str, float]:
        """See `Stepper.gradient_norms`."""
        if not self._ran:
            return {}
        layers: dict[str, list[float]] = {}
        for name, gradient in self._layout.views(self._gradients).items():
            norm = global_norm(gradient.reshape(-1))
            layers.setdefault(name.rpartition(".")[0] or name, []).append(norm)
        return {layer: math.hypot(*norms) for layer, norms in layers.items()}

    @abstractmethod
    def prepare(self) -> None:
        """See `Stepper.prepare`."""

    def run(self, batches: Rows, learning_rate: float | Array) -> Array:
        """See `Stepper.run`."""
        began, losses = self.step, np.empty(len(batches))
        rates = np.full(len(batches), learning_rate, np.float64)
        self._ran = False
        try:
            self._run(batches, rates, losses)
        except TrainingError as error:
            if self._not_finite_after() is None:
                error.losses = losses[: self.step - began].tolist()
            raise
        self._ran = len(batches) > 0
        return losses

    @abstractmethod
    def _run(self, batches: Rows, rates: Array, losses: Array) -> None:
        """Make the steps, and put the loss of each into `losses`."""

    def predict(self, x: Array) -> Array:
        """See `Stepper.predict`."""
        return in_chunks(self._forward, np.asarray(x).astype(self._dtype, copy=False))

    @abstractmethod
    def _forward(self, x: Array) -> Array:
        """The outputs for a few rows, in evaluation."""

    def _transposed(self, names: Iterable[str]) -> Collection[str]:
        """The parameters that lie by columns in the vectors."""
        return ()

    def _allocate(self) -> None:
        """Make the vectors; the slots are as the optimizer begins."""
        n = self._layout.size
        self._parameters, self._gradients = np.zeros(n, self._dtype), np.zeros(n, self._dtype)
        self._buffers = np.zeros(self._buffer_layout.size, self._dtype)
        self._slots = _first_state(self._optimizer, n, self._dtype)

    def loss(self, x: Array, y: Array) -> float:
        """See `Stepper.loss`."""
        return self._loss(constant(self.predict(x)), constant(self._targets(y))).item()

    def state(self) -> Checkpoint:
        """See `Stepper.state`."""
        return Checkpoint(
            parameters=self._layout.arrays(self._parameters),
            buffers=self._buffer_layout.arrays(self._buffers),
            slots={name: self._layout.by_rows(vector) for name, vector in self._slots.items()},
            step=self.step,
        )

    def load_state(self, state: Checkpoint) -> None:
        """See `Stepper.load_state`."""
        self._layout.check(state.parameters, "parameter")
        self._buffer_layout.check(state.buffers, "buffer")
        slots = Layout({name: vector.shape for name, vector in self._slots.items()})
        slots.check(state.slots, f"{self._optimizer.name} state")
        self._layout.fill(self._parameters, state.parameters)
        self._buffer_layout.fill(self._buffers, state.buffers)
        by_rows = Layout(self._layout.shapes)
        for name, vector in self._slots.items():
            self._layout.fill(vector, by_rows.views(state.slots[name]))
        self.step = state.step

    def store(self) -> None:
        """See `Stepper.store`."""
        buffers = self._buffer_layout.arrays(self._buffers)
        self._model.load({**self._layout.arrays(self._parameters), **buffers})

    def _parts(self, rows: Array) -> list[Array]:
        """A batch in parts of `micro_batch` rows at most, as equal as can be."""
        if self._micro_batch is None or len(rows) <= self._micro_batch:
            return [rows]
        return np.array_split(rows, -(-len(rows) // self._micro_batch))

    def _counter(self, part: int) -> int:
        """The number of a part of the next step, which seeds its Dropout: from 1, never twice."""
        return self.step * self._parts_of_all + part + 1

    def _not_finite_after(self) -> tuple[str, str] | None:
        """What was expected of what steps leave, and what it is instead."""
        kept = {**self._layout.views(self._parameters), **self._buffer_layout.views(self._buffers)}
        for name, values in {**kept, **self._slots}.items():
            if not finite(values):
                return f"a finite {name} after the update", f"{values[~np.isfinite(values)][0]}"
        return None

    def _error(self, where: str, expected: str, got: str) -> TrainingError:
        remedy = "lower the learning rate, or clip the gradients"
        return TrainingError(where, expected=expected, got=got, remedy=remedy)

    @property
    def _parts_of_all(self) -> int:
        """No step has more parts."""
        return 1 if self._micro_batch is None else -(-len(self._x) // self._micro_batch)

    def _targets(self, y: Array) -> Array:
        y = np.asarray(y)
        return y.astype(self._dtype, copy=False) if y.dtype.kind == "f" else y

    def _check(self) -> None:
        """Fail now, not at the first step, where model, loss and data do not fit together."""
        if len(self._x) != len(self._y) or not len(self._x):
            raise ShapeError(
                "training",
                expected="as many targets as rows of inputs, one or more",
                got=f"inputs {self._x.shape} and targets {self._y.shape}",
            )
        outputs: dict[int, Spec] = {}
        for start in range(0, len(self._x), CHUNK):
            x, y = self._x[start : start + CHUNK], self._y[start : start + CHUNK]
            if len(x) not in outputs:
                spec = Spec(x.shape, x.dtype)
                outputs[len(x)] = trace_prediction(self._model, spec).outputs[0].spec
            output = outputs[len(x)]
            zeros = np.broadcast_to(np.zeros((), output.dtype), output.shape)
            value = self._loss(constant(zeros), constant(y))
            if not isinstance(value, Tensor) or value.shape:
                got = f"shape {value.shape}" if isinstance(value, Tensor) else repr(value)
                raise ShapeError("loss", expected="one number, recorded", got=got)


def finite(values: Array) -> bool:
    """Whether all entries are; without a second array of as many."""
    return bool(np.isfinite(values.min(initial=0)) and np.isfinite(values.max(initial=0)))


def _first_state(optimizer: Optimizer, n: int, dtype: Any) -> State:
    """What `init` gives; ShapeError unless it is a vector `(n,)` for every slot."""
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


def _values(tensors: dict[str, Any]) -> dict[str, Array]:
    return {name: tensor.value for name, tensor in tensors.items()}
