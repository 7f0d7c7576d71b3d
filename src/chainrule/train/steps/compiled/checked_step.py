"""One training step with every number checked: made in full, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import numpy as np

from chainrule.errors import TrainingError
from chainrule.graph import Array
from chainrule.train.steps.accumulation import accumulate
from chainrule.train.steps.compiled.step_program import StepPrograms
from chainrule.train.steps.compiled.training_arena import TrainingArena
from chainrule.train.steps.compiled.update_phase import UpdatePhase
from chainrule.train.steps.data_rows import DataRows
from chainrule.train.steps.non_finite import NonFinite, find_non_finite, non_finite_error

__all__ = ["CheckedStep"]


@final
class CheckedStep:
    """Makes a step in phases, and reports the first number that is not finite.

    The training loop, which runs whole chunks of steps, stops before a step that may overflow
    without saying what is wrong with it; and it calls no Python, such as hooks.
    """

    def __init__(
        self,
        arena: TrainingArena,
        programs: StepPrograms,
        update: UpdatePhase,
        run_hooks: Callable[[], NonFinite | None],
        weight: Callable[[DataRows, Array], float],
    ) -> None:
        self._arena, self._programs = arena, programs
        self._update, self._run_hooks, self._weight = update, run_hooks, weight

    def run(
        self,
        data: DataRows,
        parts: list[Array],
        counter: int,
        rate: float,
        step: int,
        gradients: Callable[[], float | None] = lambda: None,
    ) -> float:
        """Make step number `step` (from 1) on the micro-batches `parts`; returns its loss.

        `counter` seeds Dropout in the first part; it goes up by 1 from part to part.  `gradients`
        may compute gradients and new buffers in another way; it returns the loss, or None.  Raises
        TrainingError where the loss, a gradient or the state after the update is not finite; the
        state before the step is then restored.
        """
        arena = self._arena
        buffers = arena.buffers.copy()
        try:
            loss = gradients()
            if loss is None:
                loss = self._accumulate(data, parts, counter, step)
            found = self._run_hooks()
            if found is not None:
                raise non_finite_error(step, *found)
            self._update_safely(data, parts, counter, rate, step, buffers)
        except BaseException:
            arena.buffers[:] = buffers
            raise
        return loss

    def _update_safely(
        self,
        data: DataRows,
        parts: list[Array],
        counter: int,
        rate: float,
        step: int,
        buffers: Array,
    ) -> None:
        """Update the parameters; if the state is then not finite, restore it and raise."""
        arena = self._arena
        bound = self._update.overflow_bound(abs(rate))
        if bound is not None and float(np.abs(arena.gradients).sum()) <= bound:
            self._update.apply(arena, rate, step)
            return
        previous = [region.copy() for region in arena.updated_regions()]

        def restore() -> None:
            for region, values in zip(arena.updated_regions(), previous, strict=True):
                region[:] = values

        try:
            self._update.apply(arena, rate, step)
        except BaseException:  # a rule of the user's own may raise anything
            restore()
            raise
        found = arena.non_finite_state()
        if found is not None:
            restore()
            arena.buffers[:] = buffers
            raise self._error(data, parts[-1], counter + len(parts) - 1, step, found)

    def _accumulate(self, data: DataRows, parts: list[Array], counter: int, step: int) -> float:
        """Compute loss and gradients, and accept the new buffers; returns the loss."""
        arena = self._arena

        def backward(i: int, rows: Array, counts: bool) -> float:
            loss = self._run_program(data, rows, counter + i)
            found = self._non_finite_result(loss) if counts else self._non_finite_buffers()
            if found is not None:
                raise self._error(data, rows, counter + i, step, found)
            arena.accept_new_buffers()
            return loss

        return accumulate(
            parts, lambda: arena.gradients, backward, lambda rows: self._weight(data, rows)
        )

    def _run_program(self, data: DataRows, rows: Array, counter: int) -> float:
        """Run the program on some rows, which writes to the arena; returns their loss."""
        program = self._programs[len(rows)]
        arena = self._arena  # its arrays may have grown for this program
        program.runner.load_constants(arena.memory)
        program.write_inputs(arena, data.batch(rows), counter)
        program.runner.run(arena.memory)
        return float(arena.floats[program.loss.start])

    def _non_finite_result(self, loss: float) -> NonFinite | None:
        """The first of loss, gradients and new buffers that is not finite; None without one."""
        if not np.isfinite(loss):
            return "a finite loss", f"{loss}"
        arena = self._arena
        gradients = arena.layout.views(arena.gradients)
        return find_non_finite(gradients, "a finite gradient of {}") or self._non_finite_buffers()

    def _non_finite_buffers(self) -> NonFinite | None:
        buffers = self._arena.buffer_layout.views(self._arena.new_buffers)
        return find_non_finite(buffers, "a finite {} after the update")

    def _error(
        self, data: DataRows, rows: Array, counter: int, step: int, found: NonFinite
    ) -> TrainingError:
        """The error for a step that failed on these rows, with the first instruction at fault.

        Runs the program again, with the parameters and buffers that are in the arena.
        """
        program, arena = self._programs[len(rows)], self._arena
        program.write_inputs(arena, data.batch(rows), counter)
        instruction = program.runner.first_not_finite(arena.memory)
        expected, got = found
        if instruction is not None:
            got = f"{got}, first seen in {instruction}"
        return non_finite_error(step, expected, got)
