"""The training loop: epochs of batches that can stop after any step and continue exactly there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import final

from chainrule.errors import DataError, TrainingError
from chainrule.graph import Array
from chainrule.train.data.source import BatchGroup, DataSource
from chainrule.train.loop.callbacks import Callbacks, Progress
from chainrule.train.loop.early_stopping import Best, BestEpoch, EarlyStopping
from chainrule.train.loop.epoch_sums import EpochSums
from chainrule.train.loop.history import EpochRecord
from chainrule.train.loop.source_state import SourceState
from chainrule.train.loop.stepper_state import StepperState
from chainrule.train.schedules import LearningRate, Span
from chainrule.train.schedules.rate_course import RateCourse
from chainrule.train.steps.stepper import Stepper
from chainrule.train.storage.checkpoint import Checkpoint
from chainrule.train.storage.stateful import Stateful, gather

__all__ = ["TrainingLoop"]


@final
class TrainingLoop:
    """Trains epoch by epoch; its state is that of its `parts`.

    `validate` returns loss and metric of the validation rows, or None if there are none; then
    `stopping`, and schedules that need a validation loss, cannot be used.

    An interruption does not change a single bit of the result: the batches of an epoch are a
    function of its number and the state of the source, and losses are added up step by step.  If a
    call of the stepper is cut off (by a second Ctrl-C), `consistent` becomes False: the position
    within the epoch is then unknown, and nothing may be saved.

    A call of the stepper should take `chunk_seconds`: short enough for a lively progress bar.
    """

    chunk_seconds = 0.05

    def __init__(
        self,
        stepper: Stepper,
        source: DataSource,
        rate: LearningRate,
        validate: Callable[[], tuple[float, float] | None] = lambda: None,
        stopping: EarlyStopping | None = None,
    ) -> None:
        self.stepper, self.source, self.validate = stepper, source, validate
        self.epoch = 0  # completed epochs
        self.consistent = True
        self.sums, self.course, self._kept = EpochSums(), RateCourse(rate), BestEpoch(stopping)
        self._steps, self._reading = StepperState(stepper), SourceState(source)
        self._arrays: Mapping[str, Array] | None = None  # what the stepper reads rows of
        self._chunk = 1  # batches in the next call of the stepper
        self._last: EpochRecord | None = None

    @property
    def parts(self) -> tuple[Stateful, ...]:
        """Everything that has a state which a resumed training needs."""
        return self._steps, self.sums, self.course, self._kept, self._reading

    @property
    def best(self) -> Best | None:
        """With early stopping, the best epoch so far."""
        return self._kept.best

    @property
    def stopped(self) -> bool:
        """Whether training has stopped early."""
        return self._kept.is_over(self.epoch)

    def run(self, epochs: int, callbacks: Callbacks | None = None) -> bool:
        """Train until `epochs` epochs are completed; False if a callback asked to stop before that.

        The result is True too if early stopping ends the training.  Raises TrainingError if the
        loss is no longer finite; all steps before that one have been made.
        """
        callbacks = callbacks or Callbacks()
        self._steps.resume()
        while self.epoch < epochs and not self.stopped:
            if not self._run_epoch(epochs, callbacks):
                return False
        return True

    def show_best(self) -> None:
        """Put the best parameters into the stepper until `run` continues.

        Does nothing without early stopping, since only that keeps them.
        """
        if self.best is not None:
            self._steps.show(self.best.parameters)

    def checkpoint(self) -> Checkpoint:
        """Everything that is needed to continue; may only be called while `consistent`."""
        assert self.consistent, "steps broke off half-way"
        return Checkpoint.of({**gather(self.parts), "epoch": self.epoch})

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint.  Raises RunError where it does not fit the stepper."""
        for part in self.parts:
            part.load_state(checkpoint.entries)
        self.epoch = checkpoint.epoch

    def _run_epoch(self, epochs: int, callbacks: Callbacks) -> bool:
        """Complete the current epoch; False if a callback asked to stop before its end."""
        per_epoch = self.source.per_epoch
        rates = self.course.of(Span(self.epoch, epochs, per_epoch))
        for group in self._reading.batches(self.epoch + 1, self.sums.batch):
            done = 0
            while done < len(group.rows):
                if callbacks.stop():
                    return False
                chunk = group.rows[done : done + self._chunk]
                first = self.sums.batch
                if first + len(chunk) > per_epoch:
                    raise self._wrong_number("more")
                took = self._run_steps(group, chunk, rates[first : first + len(chunk)])
                done += len(chunk)
                fitting = round(len(chunk) * self.chunk_seconds / max(took, 1e-9))
                self._chunk = max(1, min(4096, fitting))
                callbacks.on_progress(self._progress(epochs))
        if self.sums.batch != per_epoch:
            raise self._wrong_number(str(self.sums.batch))
        self._end_epoch(callbacks)
        return True

    def _run_steps(self, group: BatchGroup, chunk: Array, rates: Array) -> float:
        """Make a step for each batch of a chunk `(batches, rows)`; returns the seconds taken."""
        if group.arrays is not self._arrays:
            self.stepper.feed(group.arrays["x"], group.arrays["y"])
            self._arrays = group.arrays
        began = time.perf_counter()
        self.consistent = False
        losses: Sequence[float] | None = None
        try:
            losses = self.stepper.run(chunk, rates).tolist()
            self.sums.gradient_norms = self.stepper.gradient_norms()
        except TrainingError as error:
            losses = error.losses
            raise
        finally:
            took = time.perf_counter() - began
            if losses is not None:
                self.sums.add(losses, chunk.shape[1], took)
                if losses:
                    self.course.last = float(rates[len(losses) - 1])
                self.consistent = True
        return took

    def _wrong_number(self, got: str) -> DataError:
        return DataError(
            "data source",
            expected=f"{self.source.per_epoch} batches in epoch {self.epoch + 1}",
            got=got,
            remedy="let per_epoch be the number of batches that batches() yields",
        )

    def _progress(self, epochs: int) -> Progress:
        return Progress(
            epoch=self.epoch + 1,
            epochs=epochs,
            batch=self.sums.batch,
            batches=self.source.per_epoch,
            loss=self.sums.loss,
            samples_per_second=self.sums.samples_per_second,
            last=self._last,
        )

    def _end_epoch(self, callbacks: Callbacks) -> None:
        """Validate and record the epoch, then reset the sums for the next."""
        validation = self.validate()
        self.epoch += 1
        self._last = EpochRecord(
            epoch=self.epoch,
            step=self.stepper.step,
            train_loss=self.sums.loss,
            learning_rate=self.course.last,
            seconds=self.sums.epoch_seconds,
            validation_loss=validation[0] if validation else None,
            validation_metric=validation[1] if validation else None,
            gradient_norms=self.sums.gradient_norms,
        )
        self.sums.start_epoch()
        self._reading.end_epoch()
        if validation is not None:
            self.course.after(validation[0])
            self._kept.after(self.epoch, *validation, self._steps.parameters)
        callbacks.on_epoch(self._last)
