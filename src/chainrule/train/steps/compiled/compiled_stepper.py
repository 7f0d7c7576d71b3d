"""The compiled stepper: whole chunks of training steps in one call of the engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, final

import numpy as np

from chainrule.engine.inference import BoundProgram, PredictionPlan, plan_prediction
from chainrule.engine.interpreter.precompile import execute_address, precompile
from chainrule.engine.interpreter.training_loop import train
from chainrule.engine.threads import run_parallel
from chainrule.engine.threads.schedule import MEASURED, Tuning
from chainrule.graph import Array, Spec
from chainrule.nn import Layer
from chainrule.program.column_major import only_transposed
from chainrule.train.data.batches import Rows
from chainrule.train.optimizers import Optimizer
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.compiled.checked_step import CheckedStep
from chainrule.train.steps.compiled.optimizer_kernel import UpdateKernel
from chainrule.train.steps.compiled.step_program import StepPrograms
from chainrule.train.steps.compiled.training_arena import TrainingArena
from chainrule.train.steps.compiled.training_rows import TrainingRows, batches_of_one_size
from chainrule.train.steps.flat_layout import FlatLayout
from chainrule.train.steps.flat_stepper import FlatStepper
from chainrule.train.steps.non_finite import non_finite_error
from chainrule.train.steps.tracing import Loss, trace_training

__all__ = ["CompiledStepper"]


@final
class CompiledStepper(FlatStepper):
    """A `Stepper` that lowers the training graph to a program and runs it many times in one call.

    The interpreter stops before a step that is not finite, or whose update might not be.  That step
    is then made by `CheckedStep`, which names what went wrong and restores the state before it.
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
        tuning: Tuning = MEASURED,
    ) -> None:
        self._update = UpdateKernel(optimizer, clipping or Clipping())
        super().__init__(model, loss, optimizer, x, y, clipping=clipping, micro_batch=micro_batch)
        self._steps = StepPrograms(model, loss, *self._specs(), self._arena, tuning)
        self._read_rows()
        self._predictions: dict[tuple[int, ...], PredictionPlan] = {}

    def feed(self, x: Array, y: Array) -> None:
        """See `Stepper.feed`."""
        before = self._x
        super().feed(x, y)
        if self._x is not before:
            self._read_rows()

    def _read_rows(self) -> None:
        self._rows = TrainingRows(self._x, self._y, self._dtype)
        self._checked = CheckedStep(self._arena, self._steps, self._rows, self._update)

    def _allocate(self, layout: FlatLayout, buffer_layout: FlatLayout) -> TrainingArena:
        one_entry = self._optimizer.init(1, self._dtype)  # all entries of a slot are equal
        self._arena = TrainingArena(
            layout,
            buffer_layout,
            self._dtype,
            {name: float(first) for name, (first,) in one_entry.items()},
            micro_batches=self._micro_batch is not None,
        )
        return self._arena

    def _column_major(self, names: Iterable[str]) -> Collection[str]:
        graph = trace_training(self._model, self._loss, *self._specs()).graph
        return only_transposed(graph, names)

    def _specs(self) -> tuple[Spec, Spec]:
        """The specs of all inputs and targets."""
        return Spec(self._x.shape, self._x.dtype), Spec(self._y.shape, self._y.dtype)

    def prepare(self) -> None:
        """See `Stepper.prepare`."""
        precompile(self._dtype)

    def _run(self, batches: Rows, rates: Array, losses: Array) -> None:
        first = 0
        for group in batches_of_one_size(batches):
            chunk = slice(first, first + len(group))
            self._run_chunk(self._rows.row_numbers(group), rates[chunk], losses[chunk])
            first += len(group)

    def _run_chunk(self, batches: Array, rates: Array, losses: Array) -> None:
        """Make steps on batches `(steps, rows)` of one size."""
        done = 0
        while done < len(batches):
            done += self._run_unchecked(batches[done:], rates[done:], losses[done:])
            if done < len(batches):
                parts, rate = self._micro_batches(batches[done]), float(rates[done])
                losses[done] = self._checked.run(parts, self._counter(0), rate, self.step + 1)
                self.step += 1
                done += 1
        found = self._arena.non_finite_state()
        if found is not None:  # not by these steps: the state was near overflow before
            raise non_finite_error(self.step, *found)

    def _run_unchecked(self, batches: Array, rates: Array, losses: Array) -> int:
        """Make steps until one needs checking; returns how many were made."""
        parts = self._micro_batches(batches[0])
        step = self._steps[len(parts[0])]
        if len(parts[-1]) < step.size or not step.runner.compiled:
            return 0
        arena, rows = self._arena, self._rows
        step.runner.load_constants(arena.floats, arena.integers)
        code = step.runner.code
        settings = self._update.settings_at(float(np.abs(rates).max()), self._dtype)
        fields = step.fields(arena, rows, len(parts), self._most_parts)
        totals = np.zeros(code.ranks + 1)

        def run_on_threads(ranks: int, first: int, n: int) -> int:
            """Make `n` steps from number `first` on in `ranks` threads; returns how many."""
            chunk = slice(first, first + n)
            order = batches[chunk].reshape(-1)

            def work(rank: int, ranks: int, counter: Array) -> int:
                return train(
                    execute_address(self._dtype), code.table, code.micro, code.params, arena.floats,
                    arena.integers, rows.inputs, rows.float_targets, rows.labels, order, step.size,
                    fields, self._update.number, settings, rates[chunk], self.step,
                    losses[chunk], rank, ranks, counter, totals,
                )  # fmt: skip

            count = run_parallel(ranks, work, ends_at_barrier=True)
            self.step += count
            return count

        return step.choice.run(len(batches), run_on_threads)

    def _predict_chunk(self, x: Array) -> Any:
        arena = self._arena
        if x.shape not in self._predictions:
            transposed = arena.layout.transposed
            planned = plan_prediction(self._model, x.shape, arena.start, transposed)
            self._predictions[x.shape] = planned
            arena.grow(planned.runner.code.floats, planned.runner.program.ints)
        evaluation = BoundProgram(self._predictions[x.shape], arena.floats, arena.integers)
        evaluation.load_constants()
        return evaluation.run(x)
