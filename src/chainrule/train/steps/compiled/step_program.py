"""Programs of one training step, one for each size of batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import numpy as np

from chainrule.engine import Runner
from chainrule.engine.interpreter.precompile import execute_address
from chainrule.engine.interpreter.training_loop import INPUT, STEP, StepCode
from chainrule.engine.threads import ThreadCountTuner, thread_limit
from chainrule.engine.threads.schedule import MEASURED, Tuning
from chainrule.graph import Array
from chainrule.nn import Layer
from chainrule.program import Program
from chainrule.train.steps.compiled.training_arena import TrainingArena
from chainrule.train.steps.data_rows import DataRows
from chainrule.train.steps.tracing import Loss, TrainingGraph, trace_training

__all__ = ["StepProgram", "StepPrograms"]


@final
class StepPrograms:
    """The step programs of a stepper by size of batch, each planned when it is first asked for.

    `rows` are data of the form that the steps will read.
    """

    def __init__(
        self,
        model: Layer,
        loss: Loss,
        rows: DataRows,
        arena: TrainingArena,
        tuning: Tuning = MEASURED,
    ) -> None:
        self._model, self._loss, self._rows, self._arena = model, loss, rows, arena
        self._tuning = tuning
        self._by_size: dict[int, StepProgram] = {}

    def __getitem__(self, size: int) -> StepProgram:
        if size not in self._by_size:
            traced = trace_training(self._model, self._loss, **self._rows.specs(size))
            step = StepProgram(traced, self._arena.plan(traced), size, self._tuning)
            self._arena.grow(step.runner.code.size)
            self._by_size[size] = step
        return self._by_size[size]


@final
class StepProgram:
    """The program of a training step on `size` rows.

    data, counter, loss   where these are in the arena
    addresses             where among the integers the addresses of the rows of x are, which are
                          then read in place instead of being copied; −1 where they are copied
    code                  the program as the training loop takes it
    choice                the number of threads to run steps with
    """

    def __init__(
        self, traced: TrainingGraph, program: Program, size: int, tuning: Tuning = MEASURED
    ) -> None:
        inputs = dict(zip(traced.graph.inputs, program.inputs, strict=True))
        outputs = dict(zip(traced.graph.outputs, program.outputs, strict=True))
        self.data = {name: inputs[node] for name, node in traced.data.items()}
        self.counter, self.loss, self.size = inputs[traced.step], outputs[traced.loss], size
        x = self.data.get("x")  # in a tree its parts have names of their own
        single = x is not None and x.dtype.kind == "f"
        batch = x.whole((size, x.size // max(size, 1))) if x is not None and single else None
        ranks = tuning.threads or thread_limit()
        self.runner = Runner(program, ranks, often=True, batch=batch, tuning=tuning)
        self.addresses = self.runner.code.addresses
        tables = self.runner.code
        self.code = StepCode(
            execute_address(program.dtype), tables.table, tables.micro, tables.params
        )
        self._inputs: tuple[DataRows, Array, dict[str, Array]] | None = None
        self._record: Array | None = None
        self.choice = ThreadCountTuner(self.runner.code.ranks)

    def write_inputs(self, arena: TrainingArena, batch: Mapping[str, Array], number: int) -> None:
        """Copy a batch and the number of the step into the arena."""
        memory = arena.memory
        for name, buffer in self.data.items():
            memory.entries(buffer)[:] = batch[name].reshape(-1)
        memory.entries(self.counter)[:] = number
        if self.addresses >= 0:
            rows = memory.entries(self.data["x"]).reshape(self.size, -1)
            addresses = rows.ctypes.data + rows.strides[0] * np.arange(self.size)
            memory.integers[self.addresses : self.addresses + self.size] = addresses

    def inputs(self, rows: DataRows) -> Array:
        """Where the training loop finds the rows of a batch, and where it copies them: `INPUT`."""
        if self._inputs is None or self._inputs[0] is not rows:
            stored = {
                name: rows.flat[name].astype(buffer.dtype, copy=False)
                for name, buffer in self.data.items()
            }
            records = [
                (
                    stored[name].ctypes.data,
                    stored[name].strides[0],
                    stored[name].shape[1],
                    buffer.start,
                    buffer.dtype.itemsize,
                    self.addresses if name == "x" else -1,
                )
                for name, buffer in self.data.items()
            ]
            self._inputs = rows, np.array(records, INPUT), stored
        return self._inputs[1]

    def record(
        self, arena: TrainingArena, first: int, parts: int, most_parts: int, *, updates: bool
    ) -> Array:
        """The step as the training loop takes it, a record of `STEP`; valid until the next call.

        first        the number of the first step, from 0
        parts        micro-batches of this step
        most_parts   micro-batches of the largest step, by which its number counts
        updates      whether the loop is to update the parameters
        """
        record = self._record
        if record is None:
            fields = {
                "batch": self.size,
                "counts_per_step": most_parts,
                "counter": self.counter.start,
                "loss": self.loss.start,
                "new_buffers": arena.offsets["update"],
                "buffers": arena.offsets["buffer"],
                "buffer_count": arena.buffer_layout.size,
                "mean_gradients": arena.offsets["mean"],
                "old_buffers": arena.offsets["before"],
            }
            self._record = record = np.zeros(1, STEP)
            for name, value in fields.items():
                record[name] = value
        record["first"], record["parts"], record["updates"] = first, parts, updates
        return record
