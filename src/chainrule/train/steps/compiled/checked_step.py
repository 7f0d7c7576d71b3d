"""One training step with every number checked: made in full, or not at all."""

from __future__ import annotations

from typing import final

import numpy as np

from chainrule.errors import TrainingError
from chainrule.graph import Array
from chainrule.train.steps.compiled.optimizer_kernel import UpdateKernel
from chainrule.train.steps.compiled.step_program import StepPrograms
from chainrule.train.steps.compiled.training_arena import TrainingArena
from chainrule.train.steps.compiled.training_rows import TrainingRows
from chainrule.train.steps.non_finite import NonFinite, find_non_finite, non_finite_error

__all__ = ["CheckedStep"]


@final
class CheckedStep:
    """Makes a step that may overflow, and reports the first number that is not finite.

    The interpreter, which runs whole chunks of steps, stops before such a step without saying what
    is wrong with it.
    """

    def __init__(
        self,
        arena: TrainingArena,
        programs: StepPrograms,
        rows: TrainingRows,
        update: UpdateKernel,
    ) -> None:
        self._arena, self._programs, self._rows, self._update = arena, programs, rows, update

    def run(self, parts: list[Array], counter: int, rate: float, step: int) -> float:
        """Make step number `step` (from 1) on the micro-batches `parts`; returns its loss.

        `counter` seeds Dropout in the first part; it goes up by 1 from part to part.  Raises
        TrainingError where the loss, a gradient or the state after the update is not finite; the
        state before the step is then restored.
        """
        arena = self._arena
        loss = self._accumulate(parts, counter, step)
        bound = self._update.overflow_bound(abs(rate), arena.floats.dtype)
        safe = float(np.abs(arena.gradients).sum()) <= bound
        previous = [] if safe else [region.copy() for region in arena.state_regions()]
        arena.accept_new_buffers()
        self._update.apply(arena, rate, step)
        found = None if safe else arena.non_finite_state()
        if found is not None:
            for region, values in zip(arena.state_regions(), previous, strict=True):
                region[:] = values
            raise self._error(parts[-1], counter + len(parts) - 1, step, found)
        return loss

    def _accumulate(self, parts: list[Array], counter: int, step: int) -> float:
        """Compute loss and gradients as means over all rows of the parts; returns the loss."""
        arena = self._arena
        loss, buffers = 0.0, arena.buffers.copy()
        total = np.zeros(0 if len(parts) == 1 else arena.layout.size, arena.floats.dtype)
        for i, rows in enumerate(parts):
            if i:
                arena.accept_new_buffers()
            share = len(rows) / sum(map(len, parts))
            value = self._run_program(rows, counter + i)
            found = self._non_finite_result(value)
            if found is not None:
                error = self._error(rows, counter + i, step, found)
                arena.buffers[:] = buffers
                raise error
            if len(parts) == 1:
                return value
            loss += share * value
            total += share * arena.gradients
        arena.gradients[:] = total
        return loss

    def _run_program(self, rows: Array, counter: int) -> float:
        """Run the program on some rows, which writes to the arena; returns their loss."""
        program = self._programs[len(rows)]
        arena = self._arena  # its arrays may have grown for this program
        program.runner.load_constants(arena.floats, arena.integers)
        program.write_inputs(arena, *self._rows.batch(rows), counter)
        program.runner.run(arena.floats, arena.integers)
        return float(arena.floats[program.loss.offset])

    def _non_finite_result(self, loss: float) -> NonFinite | None:
        """The first of loss, gradients and new buffers that is not finite; None without one."""
        if not np.isfinite(loss):
            return "a finite loss", f"{loss}"
        arena = self._arena
        gradients = arena.layout.views(arena.gradients)
        buffers = arena.buffer_layout.views(arena.new_buffers)
        return find_non_finite(gradients, "a finite gradient of {}") or find_non_finite(
            buffers, "a finite {} after the update"
        )

    def _error(self, rows: Array, counter: int, step: int, found: NonFinite) -> TrainingError:
        """The error for a step that failed on these rows, with the first instruction at fault.

        Runs the program again, with the parameters and buffers that are in the arena.
        """
        program, arena = self._programs[len(rows)], self._arena
        program.write_inputs(arena, *self._rows.batch(rows), counter)
        instruction = program.runner.first_not_finite(arena.floats, arena.integers)
        expected, got = found
        if instruction is not None:
            got = f"{got}, first seen in {instruction}"
        return non_finite_error(step, expected, got)
