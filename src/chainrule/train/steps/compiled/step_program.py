"""Programs of one training step, one for each size of batch."""

from __future__ import annotations

from typing import final

import numpy as np

from chainrule.engine import Runner
from chainrule.engine.interpreter.arena import entries
from chainrule.engine.interpreter.training_loop import STEP_FIELDS
from chainrule.engine.threads import ThreadCountTuner, thread_limit
from chainrule.engine.threads.schedule import MEASURED, Tuning
from chainrule.graph import Array, Graph, Spec
from chainrule.nn import Layer
from chainrule.program import Program
from chainrule.train.steps.compiled.training_arena import TrainingArena
from chainrule.train.steps.compiled.training_rows import TrainingRows
from chainrule.train.steps.tracing import Loss, TrainingGraph, trace_training

__all__ = ["StepProgram", "StepPrograms"]


@final
class StepPrograms:
    """The step programs of a stepper by size of batch, each planned when it is first asked for.

    `x` and `y` are the specs of all rows of inputs and targets.
    """

    def __init__(
        self,
        model: Layer,
        loss: Loss,
        x: Spec,
        y: Spec,
        arena: TrainingArena,
        tuning: Tuning = MEASURED,
    ) -> None:
        self._model, self._loss, self._x, self._y, self._arena = model, loss, x, y, arena
        self._tuning = tuning
        self._by_size: dict[int, StepProgram] = {}

    def __getitem__(self, size: int) -> StepProgram:
        if size not in self._by_size:
            arena = self._arena
            x, y = (Spec((size, *spec.shape[1:]), spec.dtype) for spec in (self._x, self._y))
            traced = trace_training(self._model, self._loss, x, y)
            outputs = [("loss", "output")]
            outputs += [(f"∂loss/∂{name}", "gradient") for name in arena.layout.shapes]
            outputs += [(name, "update") for name in arena.buffer_layout.shapes]
            step = StepProgram(
                arena.plan(self._with_all_buffers(traced), outputs), size, self._tuning
            )
            arena.grow(step.runner.code.floats, step.runner.code.ints)
            self._by_size[size] = step
        return self._by_size[size]

    def _with_all_buffers(self, traced: TrainingGraph) -> Graph:
        """The graph with a new value for every buffer; if it is unchanged, the buffer itself."""
        inputs, names = traced.graph.inputs, self._arena.buffer_layout.shapes
        n = len(self._arena.layout.shapes)
        loss_and_gradients, updates = traced.graph.outputs[: 1 + n], traced.graph.outputs[1 + n :]
        values = dict(zip(names, inputs[n : n + len(names)], strict=True))
        values.update(zip(traced.updates, updates, strict=True))
        return Graph.of([*loss_and_gradients, *values.values()], inputs)


@final
class StepProgram:
    """The program of a training step on `size` rows.

    Its last inputs are the step's number, x and y, and its first output is the loss.

    x, y, counter, loss   the views of these in the arena
    addresses             the offset, in the integers, of the addresses of a batch's rows, which are
                          then read in place instead of being copied; −1 where they are copied
    choice                the number of threads to run steps with
    """

    def __init__(self, program: Program, size: int, tuning: Tuning = MEASURED) -> None:
        *_, self.counter, self.x, self.y = program.inputs
        self.loss, self.size = program.outputs[0], size
        width = self.x.size // max(size, 1)
        batch = self.x.whole((size, width))
        ranks = tuning.threads or thread_limit()
        self.runner = Runner(program, ranks, often=True, batch=batch, tuning=tuning)
        self.addresses = self.runner.code.addresses
        self.choice = ThreadCountTuner(self.runner.code.ranks)

    def write_inputs(self, arena: TrainingArena, x: Array, y: Array, number: int) -> None:
        """Copy a batch and the number of the step into the arena."""
        floats, integers = arena.floats, arena.integers
        values = (x, y, np.asarray(number))
        for view, value in zip((self.x, self.y, self.counter), values, strict=True):
            entries(view, floats, integers)[:] = value.reshape(-1)
        if self.addresses >= 0:
            rows = entries(self.x, floats, integers).reshape(self.size, -1)
            addresses = rows.ctypes.data + rows.strides[0] * np.arange(self.size)
            integers[self.addresses : self.addresses + self.size] = addresses

    def fields(
        self, arena: TrainingArena, rows: TrainingRows, parts: int, most_parts: int
    ) -> Array:
        """The step as `train` of the interpreter takes it: offsets and sizes, int64.

        parts        micro-batches of this step
        most_parts   micro-batches of the largest step, by which its number counts
        """
        values = {
            "x": self.x.offset,
            "y": self.y.offset,
            "counter": self.counter.offset,
            "loss": self.loss.offset,
            "parameters": 0,
            "gradients": arena.offsets["gradient"],
            "slots": arena.offsets["slot"],
            "parameter_count": arena.layout.size,
            "float_targets": int(self.y.kind == "float"),
            "new_buffers": arena.offsets["update"],
            "buffers": arena.offsets["buffer"],
            "buffer_count": arena.buffer_layout.size,
            "parts": parts,
            "counts_per_step": most_parts,
            "mean_gradients": arena.offsets["mean"],
            "old_buffers": arena.offsets["before"],
            "row_addresses": self.addresses,
            "x_rows": rows.inputs.ctypes.data,
            "x_row_bytes": rows.inputs.strides[0],
        }
        return np.array([values[name] for name in STEP_FIELDS], np.int64)
