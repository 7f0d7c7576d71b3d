"""The reference stepper: training steps by the reference evaluator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, final

import numpy as np

from chainrule.errors import OptionError, ShapeError, TrainingError
from chainrule.graph import Evaluator, Spec
from chainrule.nn import Layer
from chainrule.ops.tensor import constant
from chainrule.train.checkpoint import Checkpoint
from chainrule.train.clipping import Clipping, global_norm
from chainrule.train.layout import Layout
from chainrule.train.optimizers import Optimizer
from chainrule.train.tracing import Loss, TrainingGraph, trace_prediction, trace_training

__all__ = ["ReferenceStepper"]

Array = np.ndarray[Any, np.dtype[Any]]

CHUNK = 1024
"""Rows of a prediction that are run at once, so that memory stays bounded."""


@final
class ReferenceStepper:
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
        self._dtype = model.dtype
        self._x, self._y = np.asarray(x).astype(self._dtype, copy=False), self._targets(y)
        self._layout = Layout({name: tensor.shape for name, tensor in parameters.items()})
        self._buffer_layout = Layout({name: tensor.shape for name, tensor in buffers.items()})
        self.parameters = self._layout.flat(_values(parameters), self._dtype)
        self.gradients = np.zeros_like(self.parameters)
        self._buffers = self._buffer_layout.flat(_values(buffers), self._dtype)
        self._slots = optimizer.init(self._layout.size, self._dtype)
        self.step = 0
        self._norms: dict[str, float] = {}
        self._steps: dict[tuple[Spec, Spec], tuple[TrainingGraph, Evaluator]] = {}
        self._predictions: dict[Spec, Evaluator] = {}
        self._check()

    def run(self, batches: Sequence[Array], learning_rate: float | Array) -> Array:
        """See `Stepper.run`."""
        rates = np.broadcast_to(np.asarray(learning_rate, np.float64), len(batches))
        losses = np.empty(len(batches))
        for i, (rows, rate) in enumerate(zip(batches, rates, strict=True)):
            losses[i] = self._backward(rows)
            if i == len(batches) - 1:
                self._norms = self._layer_norms()
            self._clipping(self.gradients)
            self.step += 1
            with np.errstate(all="ignore"):  # what overflows here is found by the next step
                self._optimizer.update(
                    self.parameters, self.gradients, self._slots, self.step, float(rate)
                )
        return losses

    def predict(self, x: Array) -> Array:
        """See `Stepper.predict`."""
        x = np.asarray(x).astype(self._dtype, copy=False)
        starts = range(0, max(len(x), 1), CHUNK)
        return np.concatenate([self._forward(x[start : start + CHUNK]) for start in starts])

    def loss(self, x: Array, y: Array) -> float:
        """See `Stepper.loss`."""
        return self._loss(constant(self.predict(x)), constant(self._targets(y))).item()

    def gradient_norms(self) -> dict[str, float]:
        """See `Stepper.gradient_norms`."""
        return dict(self._norms)

    def state(self) -> Checkpoint:
        """See `Stepper.state`."""
        return Checkpoint(
            parameters=self._layout.views(self.parameters.copy()),
            buffers=self._buffer_layout.views(self._buffers.copy()),
            slots={name: vector.copy() for name, vector in self._slots.items()},
            step=self.step,
        )

    def load_state(self, state: Checkpoint) -> None:
        """See `Stepper.load_state`."""
        self._layout.check(state.parameters, "parameter")
        self._buffer_layout.check(state.buffers, "buffer")
        slots = Layout({name: vector.shape for name, vector in self._slots.items()})
        slots.check(state.slots, f"{self._optimizer.name} state")
        self.parameters[:] = self._layout.flat(state.parameters, self._dtype)
        self._buffers[:] = self._buffer_layout.flat(state.buffers, self._dtype)
        for name, vector in self._slots.items():
            vector[:] = state.slots[name]
        self.step = state.step

    def store(self) -> None:
        """See `Stepper.store`."""
        state = self.state()
        self._model.load({**state.parameters, **state.buffers})

    def _backward(self, rows: Array) -> float:
        """Loss, gradients and new buffers of one batch; nothing changes unless all are finite."""
        x, y = self._x[rows], self._y[rows]
        traced, evaluate = self._step_graph(Spec(x.shape, x.dtype), Spec(y.shape, y.dtype))
        loss, *rest = evaluate(*self._inputs(), np.int64(self.step + 1), x, y)
        names = list(self._layout.shapes)
        gradients = dict(zip(names, rest, strict=False))
        self._check_finite(float(loss), gradients)
        for name, view in self._layout.views(self.gradients).items():
            view[...] = gradients[name]
        buffers = self._buffer_layout.views(self._buffers)
        for name, value in zip(traced.updates, rest[len(names) :], strict=True):
            buffers[name][...] = value
        return float(loss)

    def _check_finite(self, loss: float, gradients: dict[str, Array]) -> None:
        where = f"training step {self.step + 1}"
        remedy = "lower the learning rate, or clip the gradients"
        if not math.isfinite(loss):
            raise TrainingError(where, expected="a finite loss", got=f"{loss}", remedy=remedy)
        for name, gradient in gradients.items():
            if not np.isfinite(gradient).all():
                bad = gradient[~np.isfinite(gradient)][0]
                raise TrainingError(
                    where, expected=f"a finite gradient of {name}", got=f"{bad}", remedy=remedy
                )

    def _layer_norms(self) -> dict[str, float]:
        layers: dict[str, list[Array]] = {}
        for name, gradient in self._layout.views(self.gradients).items():
            layers.setdefault(name.rpartition(".")[0] or name, []).append(gradient.ravel())
        return {layer: global_norm(np.concatenate(parts)) for layer, parts in layers.items()}

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
            *self._layout.views(self.parameters).values(),
            *self._buffer_layout.views(self._buffers).values(),
        ]

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
        spec = Spec(self._x.shape, self._x.dtype)
        outputs = trace_prediction(self._model, spec).outputs[0].spec
        zeros = np.broadcast_to(np.zeros((), outputs.dtype), outputs.shape)
        value = self._loss(constant(zeros), constant(self._y))
        if value.shape:
            raise ShapeError("loss", expected="one number", got=f"shape {value.shape}")


def _values(tensors: dict[str, Any]) -> dict[str, Array]:
    return {name: tensor.value for name, tensor in tensors.items()}
