"""The compiled stepper: whole chunks of training steps in one call of the engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, final

import numpy as np

from chainrule.engine.inference import (
    BoundProgram,
    PredictionPlan,
    Shape,
    TreeShape,
    plan_prediction,
)
from chainrule.engine.interpreter.precompile import precompile
from chainrule.engine.interpreter.training_loop import train
from chainrule.engine.threads import run_parallel
from chainrule.engine.threads.schedule import MEASURED, Tuning
from chainrule.graph import Array, Spec
from chainrule.nn.trees import flatten_inputs, is_tree
from chainrule.program.column_major import only_transposed
from chainrule.train.data.batches import Rows
from chainrule.train.data.class_weights import row_weights
from chainrule.train.steps.compiled.checked_step import CheckedStep
from chainrule.train.steps.compiled.step_program import StepPrograms
from chainrule.train.steps.compiled.training_arena import TrainingArena
from chainrule.train.steps.compiled.update_phase import UpdatePhase
from chainrule.train.steps.data_rows import DataRows, batches_of_one_size
from chainrule.train.steps.flat_layout import FlatLayout
from chainrule.train.steps.flat_stepper import FlatStepper
from chainrule.train.steps.flat_vectors import initial_slots
from chainrule.train.steps.non_finite import non_finite_error
from chainrule.train.steps.tracing import trace_training

__all__ = ["CompiledStepper"]


@final
class CompiledStepper(FlatStepper):
    """A `Stepper` that lowers the training graph to a program and runs it many times in one call.

    The training loop stops before a step that is not finite, or whose update might not be.  That
    step is then made by `CheckedStep`, which names what went wrong and restores the state before
    it.  Steps with hooks, and all steps of an optimizer whose rule only runs in Python, leave the
    loop between gradients and update.
    """

    def __init__(self, *args: Any, tuning: Tuning = MEASURED, **options: Any) -> None:
        super().__init__(*args, **options)
        self._steps = StepPrograms(self._model, self._loss, self._rows, self._arena, tuning)
        self._checked = CheckedStep(
            self._arena, self._steps, self._update, self._run_hooks, self._weight
        )
        self._predictions: dict[Shape, PredictionPlan] = {}

    def _allocate(self, layout: FlatLayout, buffer_layout: FlatLayout) -> TrainingArena:
        self._arena = TrainingArena(
            layout,
            buffer_layout,
            self._dtype,
            initial_slots(self._optimizer, layout.size, self._dtype),
            micro_batches=self._micro_batch is not None,
        )
        return self._arena

    def _column_major(self, names: Iterable[str]) -> Collection[str]:
        n = sum(tensor.spec.size for tensor in self._model.parameters().values())
        self._update = UpdatePhase(self._optimizer, self._clipping, n, self._dtype)
        if self._update.compiled is None:
            return ()  # in Python a rule may treat each entry in its own way, row-major
        specs = self._rows.specs(len(self._rows))
        graph = trace_training(self._model, self._loss, **specs).graph
        return only_transposed(graph, names)

    def prepare(self, rows: int) -> None:
        """See `Stepper.prepare`."""
        first, *_ = self._micro_batches(np.arange(rows))
        self._steps[len(first)]  # planning a program compiles the kernels in it
        precompile(self._dtype)

    def _run(self, rows: DataRows, batches: Rows, rates: Array, losses: Array) -> None:
        first = 0
        for group in batches_of_one_size(batches):
            chunk = slice(first, first + len(group))
            self._run_chunk(rows, rows.row_numbers(group), rates[chunk], losses[chunk])
            first += len(group)

    def _run_chunk(self, data: DataRows, batches: Array, rates: Array, losses: Array) -> None:
        """Make steps on batches `(steps, rows)` of one size."""
        done = 0
        while done < len(batches):
            end = done
            if self._update.compiled is not None:
                end += self._hooks.steps_before(self.step + 1, len(batches) - done)
            some = slice(done, end)
            done += self._run_together(data, batches[some], rates[some], losses[some])
            if done < len(batches):
                losses[done] = self._run_in_phases(data, batches[done], float(rates[done]))
                done += 1
        found = self._arena.non_finite_state()
        if found is not None:  # not by these steps: the state was near overflow before
            raise non_finite_error(self.step, *found)

    def _run_together(self, data: DataRows, batches: Array, rates: Array, losses: Array) -> int:
        """Make steps in the training loop until one needs checking; returns how many were made."""
        if not len(batches):
            return 0
        arena, first = self._arena, self.step
        bound = self._update.overflow_bound(float(np.abs(rates).max()))
        if bound is not None:
            return 0 if bound < 0 else self._run_loop(data, batches, rates, losses, bound)
        # of this rule it is not known when it overflows: make the steps, then look
        previous = [r.copy() for r in (*arena.updated_regions(), arena.buffers)]
        limit = float(np.finfo(self._dtype).max)
        count = self._run_loop(data, batches, rates, losses, limit)
        if not count or arena.non_finite_state() is None:
            return count
        regions = *arena.updated_regions(), arena.buffers
        for region, values in zip(regions, previous, strict=True):
            region[:] = values
        self.step = first
        for i in range(len(batches)):
            losses[i] = self._run_in_phases(data, batches[i], float(rates[i]))
        return len(batches)

    def _run_in_phases(self, data: DataRows, batch: Array, rate: float) -> float:
        """Make one step, whose gradients hooks may see and whose update is checked."""

        def gradients() -> float | None:
            loss, limit = np.empty(1), float(np.finfo(self._dtype).max)
            rates = np.full(1, rate)
            made = self._run_loop(data, batch[None], rates, loss, limit, updates=False)
            return float(loss[0]) if made else None

        parts, step = self._micro_batches(batch), self.step + 1
        loss = self._checked.run(data, parts, self._counter(0), rate, step, gradients)
        self.step += 1
        return loss

    def _run_loop(
        self,
        data: DataRows,
        batches: Array,
        rates: Array,
        losses: Array,
        safe_gradient_sum: float,
        *,
        updates: bool = True,
    ) -> int:
        """Make steps in the training loop; returns how many were made before one it cannot make.

        Without `updates` it computes loss, gradients and new buffers of one step.
        """
        parts = self._micro_batches(batches[0])
        program = self._steps[len(parts[0])]
        if len(parts[-1]) < program.size or not program.runner.compiled:
            return 0
        arena = self._arena
        program.runner.load_constants(arena.memory)
        code, inputs = program.code, program.inputs(data)
        task = self._update.record(arena, safe_gradient_sum)
        coefficients = self._update.coefficients(self.step + 1, rates, self._dtype)
        totals, shares = np.zeros(program.runner.code.ranks + 1), np.zeros((0, 0))
        if len(parts) > 1:
            weights = row_weights(self._loss, data.arrays, batches)
            if weights is not None:
                of_parts = weights.reshape(len(batches), len(parts), -1).sum(axis=-1)
                with np.errstate(invalid="ignore"):  # a batch of weight 0 is reported as a step
                    shares = of_parts / of_parts.sum(axis=-1, keepdims=True)

        def run_on_threads(ranks: int, first: int, n: int) -> int:
            """Make `n` steps from number `first` on in `ranks` threads; returns how many."""
            chunk = slice(first, first + n)
            order = batches[chunk].reshape(-1)
            record = program.record(arena, self.step, len(parts), self._most_parts, updates=updates)

            def work(rank: int, ranks: int, counter: Array) -> int:
                return train(
                    code, arena.floats, arena.memory.integers, record, inputs, order, task,
                    coefficients[chunk], shares[chunk], losses[chunk], rank, ranks, counter,
                    totals,
                )  # fmt: skip

            count = run_parallel(ranks, work, ends_at_barrier=True)
            self.step += count * updates
            return count

        return program.choice.run(len(batches), run_on_threads)

    def _predict_chunk(self, x: Any) -> Any:
        arena = self._arena
        leaves, structure = flatten_inputs(x) if is_tree(x) else ([x], None)
        specs = tuple(Spec(leaf.shape, leaf.dtype) for leaf in leaves)
        shape = specs[0].shape if structure is None else TreeShape(structure, specs)
        if shape not in self._predictions:
            transposed = arena.layout.transposed
            planned = plan_prediction(self._model, shape, arena.start, transposed)
            self._predictions[shape] = planned
            arena.grow(planned.runner.code.size)
        evaluation = BoundProgram(self._predictions[shape], arena.memory)
        evaluation.load_constants()
        return evaluation.run(x) if structure is None else evaluation.run_tree(leaves)
