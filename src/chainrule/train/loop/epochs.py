"""The loop: epochs of batches over a stepper, able to stop anywhere and continue exactly there."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from chainrule.errors import TrainingError
from chainrule.graph import Array
from chainrule.train.data.batches import Batches, epoch_order
from chainrule.train.loop.early_stopping import Best, EarlyStopping
from chainrule.train.loop.history import EpochRecord
from chainrule.train.schedules import LearningRate, Span
from chainrule.train.steps.stepper import Stepper
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["Loop", "Progress", "Watcher"]

CHUNK_SECONDS = 0.05
"""How long one call of the stepper should take: short enough for a lively progress bar."""


@dataclass(frozen=True)
class Progress:
    """Where training stands: for progress bars."""

    epoch: int
    epochs: int
    batch: int
    batches: int
    loss: float
    samples_per_second: float
    last: EpochRecord | None


@dataclass
class Watcher:
    """What the loop tells of itself, and how it is asked to stop.

    on_progress   after every chunk of steps
    on_epoch      after every epoch, with its record
    stop          asked between chunks; training stops at the next one once it is true
    """

    on_progress: Callable[[Progress], None] = lambda progress: None
    on_epoch: Callable[[EpochRecord], None] = lambda record: None
    stop: Callable[[], bool] = lambda: False


@final
class Loop:
    """Trains by epochs; its state is the stepper's plus the place within the epoch.

    `validate` gives loss and metric of the validation rows, or None where there are none; schedules
    that need them, and `stopping`, are not for such data.

    Where the loop was interrupted makes no difference to a single bit of what it computes: the
    order of an epoch is a function of the seed and its number, and losses are added step by step.
    Where steps broke off half-way (a second Ctrl-C) `whole` is False: then the place within the
    epoch is not known, and nothing may be saved.
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
        self.epoch = 0  # whole epochs done
        self.seconds = 0.0  # of training, validation and saving not counted
        self.samples = 0  # seen in those seconds
        self.whole = True
        self._place = 0  # batches done of the epoch under way
        self._loss_sum = 0.0  # over its rows
        self._rows = 0
        self._epoch_seconds = 0.0
        self._norms: dict[str, float] = {}  # of the last step, which a resumed stepper has not seen
        self._chunk = 1
        self._last: EpochRecord | None = None
        self._schedule = rate.schedule.start()  # what it remembers
        self._left: Checkpoint | None = None  # the stepper's state while it shows the best one

    @property
    def stopped(self) -> bool:
        """Whether training has stopped early."""
        return self.stopping is not None and self.stopping.over(self.epoch, self.best)

    def run(self, epochs: int, watcher: Watcher | None = None) -> bool:
        """Go on until `epochs` whole epochs are done; False where the watcher asked to stop before.

        Early stopping ends it sooner, and is no reason for False.  Raises TrainingError where the
        loss is no longer finite; all steps before that one stand.
        """
        watcher = watcher or Watcher()
        if self._left is not None:
            self.stepper.load_state(self._left)
            self._left = None
        while self.epoch < epochs and not self.stopped:
            if not self._one_epoch(epochs, watcher):
                return False
        return True

    def show_best(self) -> None:
        """Put the best parameters into the stepper until `run` goes on.

        Nothing changes without early stopping, which is what keeps them.
        """
        if self.best is None or self._left is not None:
            return
        self._left = self.stepper.state()
        kept = self.best.parameters
        parameters = {name: kept[name] for name in self._left.parameters}
        buffers = {name: kept[name] for name in self._left.buffers}
        self.stepper.load_state(
            dataclasses.replace(self._left, parameters=parameters, buffers=buffers)
        )

    def checkpoint(self) -> Checkpoint:
        """All that is needed to continue; only while `whole`."""
        assert self.whole, "steps broke off half-way"
        place = {
            "place": self._place,
            "loss_sum": self._loss_sum,
            "rows": self._rows,
            "epoch_seconds": self._epoch_seconds,
            "seconds": self.seconds,
            "samples": self.samples,
            "gradient_norms": self._norms,
            "learning_rate": self.learning_rate,
            "schedule": dict(self._schedule),
            "best": None if self.best is None else [self.best.epoch, self.best.value],
        }
        return dataclasses.replace(
            self._left or self.stepper.state(),
            epoch=self.epoch,
            extra=place,
            best={} if self.best is None else self.best.parameters,
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint.  Raises RunError where it does not fit the stepper."""
        self.stepper.load_state(checkpoint)
        place = checkpoint.extra
        self.epoch = checkpoint.epoch
        self._place = int(place.get("place", 0))
        self._loss_sum = float(place.get("loss_sum", 0.0))
        self._rows = int(place.get("rows", 0))
        self._epoch_seconds = float(place.get("epoch_seconds", 0.0))
        self._norms = dict(place.get("gradient_norms", {}))
        self.seconds = float(place.get("seconds", 0.0))
        self.samples = int(place.get("samples", 0))
        self.learning_rate = float(place.get("learning_rate", self.rate.base))
        self._schedule = {**self.rate.schedule.start(), **place.get("schedule", {})}
        best = place.get("best")
        self.best = best and Best(int(best[0]), float(best[1]), checkpoint.best)
        self._left = None

    def _one_epoch(self, epochs: int, watcher: Watcher) -> bool:
        batches = self.batches
        order = epoch_order(batches.rows, batches.seed, self.epoch + 1)
        rates = self.rate.of(Span(self.epoch, epochs, batches.per_epoch), self._schedule)
        while self._place < batches.per_epoch:
            if watcher.stop():
                return False
            chunk = batches.alike(order, self._place, self._chunk)
            took = self._steps(chunk, rates[self._place : self._place + len(chunk)])
            self._chunk = max(1, min(4096, round(len(chunk) * CHUNK_SECONDS / max(took, 1e-9))))
            watcher.on_progress(self._progress(epochs))
        self._finish_epoch(watcher)
        return True

    def _steps(self, chunk: Array, rates: Array) -> float:
        """Steps on some batches of one size, and what is known of them; the seconds they took."""
        began = time.perf_counter()
        self.whole = False
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
                self.whole = True
        return took

    def _count(self, losses: Sequence[float], rates: Array, rows: int, seconds: float) -> None:
        """Steps that were made, on so many rows each."""
        for loss, rate in zip(losses, rates.tolist(), strict=False):  # not all need be made
            self._loss_sum += loss * rows
            self.learning_rate = rate
        self._rows += len(losses) * rows
        self.samples += len(losses) * rows
        self._place += len(losses)
        self._epoch_seconds += seconds
        self.seconds += seconds

    def _progress(self, epochs: int) -> Progress:
        return Progress(
            epoch=self.epoch + 1,
            epochs=epochs,
            batch=self._place,
            batches=self.batches.per_epoch,
            loss=self._loss_sum / self._rows,
            samples_per_second=self.samples / max(self.seconds, 1e-9),
            last=self._last,
        )

    def _finish_epoch(self, watcher: Watcher) -> None:
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
        self._place, self._loss_sum, self._rows, self._epoch_seconds = 0, 0.0, 0, 0.0
        if validation is not None:
            self._learn_from(*validation)
        watcher.on_epoch(self._last)

    def _learn_from(self, loss: float, metric: float) -> None:
        """What the epoch just done means for those to come."""
        self._schedule = self.rate.schedule.after(self._schedule, loss)
        if self.stopping is None:
            return
        value = loss if self.stopping.watch == "loss" else metric
        if self.stopping.better(value, self.best):
            state = self.stepper.state()
            self.best = Best(self.epoch, value, {**state.parameters, **state.buffers})
