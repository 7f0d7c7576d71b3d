"""The training loop: epochs of batches that can stop after any step and continue exactly there."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

from chainrule.errors import OptionError, TrainingError
from chainrule.graph import Array
from chainrule.train.data.batches import Batches, epoch_order
from chainrule.train.loop.callbacks import Callback, Callbacks, FromFunctions, Progress
from chainrule.train.loop.early_stopping import Best, EarlyStopping
from chainrule.train.loop.history import EpochRecord
from chainrule.train.schedules import LearningRate, Span
from chainrule.train.steps.stepper import Stepper
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["TrainingLoop"]

CHUNK_SECONDS = 0.05
"""How long one call of the stepper should take: short enough for a lively progress bar."""


@final
class TrainingLoop:
    """Trains epoch by epoch; its state is the stepper's and the position within the epoch.

    `validate` returns loss and metric of the validation rows, or None if there are none; then
    `stopping`, and schedules that need a validation loss, cannot be used.

    An interruption does not change a single bit of the result: the order of an epoch is a function
    of the seed and the number of the epoch, and losses are added up step by step.  If a call of the
    stepper is cut off (by a second Ctrl-C), `consistent` becomes False: the position within the
    epoch is then unknown, and nothing may be saved.
    """

    def __init__(
        self,
        stepper: Stepper,
        batches: Batches,
        rate: LearningRate,
        validate: Callable[[], tuple[float, float] | None] = lambda: None,
        stopping: EarlyStopping | None = None,
    ) -> None:
        self.stepper, self.batches, self.validate = stepper, batches, validate
        self.rate, self.stopping = rate, stopping
        self.learning_rate = rate.base  # of the last step
        self.best: Best | None = None
        self.epoch = 0  # completed epochs
        self.seconds = 0.0  # spent on steps; validation and saving are not counted
        self.samples = 0  # rows that these steps took
        self.consistent = True
        self._batch = 0  # completed batches of the current epoch
        self._loss_sum = 0.0  # over their rows
        self._rows = 0
        self._epoch_seconds = 0.0
        self._norms: dict[str, float] = {}  # of the last step; a new stepper cannot compute them
        self._chunk = 1  # batches in the next call of the stepper
        self._last: EpochRecord | None = None
        self._schedule_state = rate.schedule.start()
        self._suspended: Checkpoint | None = None  # the stepper's state while it has the best one
        self._rate_factor = 1.0  # by which callbacks have changed the rate
        self._epochs = 0  # of the current call of `run`
        self._asked_to_stop = False

    @property
    def stopped(self) -> bool:
        """Whether training has stopped early."""
        return self.stopping is not None and self.stopping.is_over(self.epoch, self.best)

    def run(
        self,
        epochs: int,
        functions: Callbacks | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> bool:
        """Train until `epochs` epochs are completed; False if a callback asked to stop before that.

        The result is True too if early stopping ends the training.  Raises TrainingError if the
        loss is no longer finite; all steps before that one have been made.
        """
        callbacks = [*callbacks, *([] if functions is None else [FromFunctions(functions)])]
        if self._suspended is not None:
            self.stepper.load_state(self._suspended)
            self._suspended = None
        self._epochs, self._asked_to_stop = epochs, False
        try:
            for callback in callbacks:
                callback.on_start(self)
            while self.epoch < epochs and not self.stopped:
                if not self._run_epoch(callbacks):
                    return False
        finally:
            for callback in callbacks:
                callback.on_end(self)
        return True

    @property
    def step(self) -> int:
        """See `Training.step`."""
        return self.stepper.step

    @property
    def last(self) -> EpochRecord | None:
        """See `Training.last`."""
        return self._last

    @property
    def gradient_norms(self) -> Mapping[str, float]:
        """See `Training.gradient_norms`."""
        return dict(self._norms)

    def weights(self) -> dict[str, Array]:
        """See `Training.weights`."""
        return dict(self.stepper.state().parameters)

    def scale_rate(self, factor: float) -> None:
        """See `Training.scale_rate`."""
        if isinstance(factor, bool) or not (
            isinstance(factor, (int, float)) and 0 < factor < math.inf
        ):
            raise OptionError("rate factor", expected="a number above 0", got=repr(factor))
        self._rate_factor *= factor

    def stop(self) -> None:
        """See `Training.stop`."""
        self._asked_to_stop = True

    def show_best(self) -> None:
        """Put the best parameters into the stepper until `run` continues.

        Does nothing without early stopping, since only that keeps them.
        """
        if self.best is None or self._suspended is not None:
            return
        self._suspended = self.stepper.state()
        best = self.best.parameters
        parameters = {name: best[name] for name in self._suspended.parameters}
        buffers = {name: best[name] for name in self._suspended.buffers}
        self.stepper.load_state(
            dataclasses.replace(self._suspended, parameters=parameters, buffers=buffers)
        )

    def checkpoint(self) -> Checkpoint:
        """Everything that is needed to continue; may only be called while `consistent`."""
        assert self.consistent, "steps broke off half-way"
        position: dict[str, Any] = {
            "place": self._batch,
            "loss_sum": self._loss_sum,
            "rows": self._rows,
            "epoch_seconds": self._epoch_seconds,
            "seconds": self.seconds,
            "samples": self.samples,
            "gradient_norms": self._norms,
            "learning_rate": self.learning_rate,
            "schedule": dict(self._schedule_state),
            "best": None if self.best is None else [self.best.epoch, self.best.value],
        }
        if self._rate_factor != 1:
            position["rate_factor"] = self._rate_factor
        return dataclasses.replace(
            self._suspended or self.stepper.state(),
            epoch=self.epoch,
            extra=position,
            best={} if self.best is None else self.best.parameters,
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint.  Raises RunError where it does not fit the stepper."""
        self.stepper.load_state(checkpoint)
        position = checkpoint.extra
        self.epoch = checkpoint.epoch
        self._batch = int(position.get("place", 0))
        self._loss_sum = float(position.get("loss_sum", 0.0))
        self._rows = int(position.get("rows", 0))
        self._epoch_seconds = float(position.get("epoch_seconds", 0.0))
        self._norms = dict(position.get("gradient_norms", {}))
        self.seconds = float(position.get("seconds", 0.0))
        self.samples = int(position.get("samples", 0))
        self.learning_rate = float(position.get("learning_rate", self.rate.base))
        self._rate_factor = float(position.get("rate_factor", 1.0))
        self._schedule_state = {**self.rate.schedule.start(), **position.get("schedule", {})}
        best = position.get("best")
        self.best = best and Best(int(best[0]), float(best[1]), checkpoint.best)
        self._suspended = None

    def _run_epoch(self, callbacks: Sequence[Callback]) -> bool:
        """Complete the current epoch; False if a callback asked to stop before its end."""
        batches = self.batches
        order = epoch_order(batches.rows, batches.seed, self.epoch + 1)
        span = Span(self.epoch, self._epochs, batches.per_epoch)
        rates = self.rate.of(span, self._schedule_state)
        while self._batch < batches.per_epoch:
            for callback in callbacks:
                callback.before_steps(self)
            if self._asked_to_stop:
                return False
            chunk = batches.chunk(order, self._batch, self._steps_until_called(callbacks))
            some = rates[self._batch : self._batch + len(chunk)] * self._rate_factor
            took = self._run_steps(chunk, some)
            self._chunk = max(1, min(4096, round(len(chunk) * CHUNK_SECONDS / max(took, 1e-9))))
            for callback in callbacks:
                if not callback.every or self.step % callback.every == 0:
                    callback.on_steps(self)
        self._end_epoch(callbacks)
        return True

    def _steps_until_called(self, callbacks: Sequence[Callback]) -> int:
        """How many steps to make at once: no more than to the next that a callback wants to see."""
        waits = [c.every - self.step % c.every for c in callbacks if c.every]
        return min([self._chunk, *waits])

    def _run_steps(self, chunk: Array, rates: Array) -> float:
        """Make a step for each batch of a chunk `(batches, rows)`; returns the seconds taken."""
        began = time.perf_counter()
        self.consistent = False
        losses: Sequence[float] | None = None
        try:
            losses = self.stepper.run(chunk, rates).tolist()
            self._norms = self.stepper.gradient_norms()
        except TrainingError as error:
            losses = error.losses
            raise
        finally:
            took = time.perf_counter() - began
            if losses is not None:
                self._count(losses, rates, chunk.shape[1], took)
                self.consistent = True
        return took

    def _count(self, losses: Sequence[float], rates: Array, rows: int, seconds: float) -> None:
        """Add steps with these losses, on batches of `rows` rows, to the sums of the epoch."""
        for loss, rate in zip(losses, rates.tolist(), strict=False):  # fewer losses after an error
            self._loss_sum += loss * rows
            self.learning_rate = rate
        self._rows += len(losses) * rows
        self.samples += len(losses) * rows
        self._batch += len(losses)
        self._epoch_seconds += seconds
        self.seconds += seconds

    def progress(self) -> Progress:
        """See `Training.progress`."""
        return Progress(
            epoch=self.epoch + 1,
            epochs=self._epochs,
            batch=self._batch,
            batches=self.batches.per_epoch,
            loss=self._loss_sum / self._rows if self._rows else math.nan,
            samples_per_second=self.samples / max(self.seconds, 1e-9),
            last=self._last,
        )

    def _end_epoch(self, callbacks: Sequence[Callback]) -> None:
        """Validate and record the epoch, then reset the sums for the next."""
        validation = self.validate()
        self.epoch += 1
        self._last = EpochRecord(
            epoch=self.epoch,
            step=self.stepper.step,
            train_loss=self._loss_sum / self._rows,
            learning_rate=self.learning_rate,
            seconds=self._epoch_seconds,
            validation_loss=validation[0] if validation else None,
            validation_metric=validation[1] if validation else None,
            gradient_norms=self._norms,
        )
        self._batch, self._loss_sum, self._rows, self._epoch_seconds = 0, 0.0, 0, 0.0
        if validation is not None:
            self._use_validation(*validation)
        for callback in callbacks:
            callback.on_epoch(self, self._last)

    def _use_validation(self, loss: float, metric: float) -> None:
        """Update the schedule and the best epoch by the validation of the epoch just completed."""
        self._schedule_state = self.rate.schedule.after(self._schedule_state, loss)
        if self.stopping is None:
            return
        value = loss if self.stopping.watch == "loss" else metric
        if self.stopping.is_better(value, self.best):
            state = self.stepper.state()
            self.best = Best(self.epoch, value, {**state.parameters, **state.buffers})
