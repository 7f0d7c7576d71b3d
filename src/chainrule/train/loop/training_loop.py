"""The training loop: epochs of batches that can stop after any step and continue exactly there."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, final

from chainrule.errors import ChainruleError, DataError, TrainingError
from chainrule.graph import Array
from chainrule.train.data.source import BatchGroup, DataSource
from chainrule.train.loop.callbacks import Callback, Callbacks, FromFunctions, Progress
from chainrule.train.loop.epoch_sums import EpochSums
from chainrule.train.loop.history import EpochRecord
from chainrule.train.loop.source_state import SourceState
from chainrule.train.loop.stepper_state import StepperState
from chainrule.train.schedules import LearningRate, Span
from chainrule.train.schedules.rate_course import RateCourse
from chainrule.train.steps.stepper import Stepper
from chainrule.train.storage.checkpoint import Checkpoint
from chainrule.train.storage.loop_schema import check_state
from chainrule.train.storage.stateful import Stateful, gather

__all__ = ["TrainingLoop"]


@final
class TrainingLoop:
    """Trains epoch by epoch; its state is that of its `parts`.

    `validate` returns loss and metric of the validation rows, or None if there are none; then
    schedules that need a validation loss cannot be used.  `callbacks` are called in every `run`,
    before those that are given to it.  `row_weights` returns what each row of batches counts in
    the loss, or None where all count the same.

    A source need not know its length; then the rate must not depend on it, or OptionError is
    raised.

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
        source: DataSource | SourceState,
        rate: LearningRate,
        validate: Callable[[], tuple[float, float | None] | None] = lambda: None,
        callbacks: Sequence[Callback] = (),
        row_weights: Callable[[Mapping[str, Any], Array], Array | None] = lambda data, rows: None,
    ) -> None:
        self._reading = source if isinstance(source, SourceState) else SourceState(source)
        self.stepper, self.source, self.validate = stepper, self._reading.source, validate
        self._row_weights = row_weights
        self.epoch = 0  # completed epochs
        self.consistent = True
        self.finished = False  # whether a callback has ended the training
        self.sums, self.course, self._steps = EpochSums(), RateCourse(rate), StepperState(stepper)
        self._own_callbacks = self._callbacks = tuple(callbacks)
        self._restored: Mapping[str, Any] | None = None  # for callbacks that are not known yet
        self._chunk = 1  # batches in the next call of the stepper
        self._last: EpochRecord | None = None
        self._epochs = 0  # of the current call of `run`
        self._asked_to_stop = False
        if self._reading.per_epoch is None:
            self.course.of(Span(0, 1, None))  # says so if it needs to know the length

    @property
    def parts(self) -> tuple[Stateful, ...]:
        """Everything that has a state which a resumed training needs."""
        return self._steps, self.sums, self.course, self._reading, *self._callbacks

    def run(
        self,
        epochs: int,
        functions: Callbacks | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> bool:
        """Train until `epochs` epochs are completed; False if a callback asked to stop before that.

        The result is True too if a callback lets the training be complete.  Raises TrainingError if
        the loss is no longer finite; all steps before that one have been made.
        """
        callbacks = [*callbacks, *([] if functions is None else [FromFunctions(functions)])]
        self._include(callbacks)
        callbacks = self._callbacks
        self._steps.resume()
        self._epochs, self._asked_to_stop, self.finished = epochs, False, False
        try:
            for callback in self._shown(callbacks):
                callback.on_start(self)
            while self.epoch < epochs and not self.finished:
                if not self._run_epoch(callbacks):
                    return False
        finally:
            for callback in self._shown(callbacks):
                callback.on_end(self)
        return True

    def _include(self, callbacks: Iterable[Callback]) -> None:
        """Let callbacks take part in the next run; new ones continue from what was restored."""
        known = list(map(id, self._callbacks))
        self._callbacks = *self._own_callbacks, *callbacks
        for callback in self._callbacks:
            if self._restored is not None and id(callback) not in known:
                callback.load_state(self._restored)

    @property
    def step(self) -> int:
        """See `Training.step`."""
        return self.stepper.step

    @property
    def learning_rate(self) -> float:
        """See `Training.learning_rate`."""
        return self.course.last

    @property
    def last(self) -> EpochRecord | None:
        """See `Training.last`."""
        return self._last

    @property
    def gradient_norms(self) -> Mapping[str, float]:
        """See `Training.gradient_norms`."""
        return MappingProxyType(dict(self.sums.gradient_norms))

    def weights(self) -> Mapping[str, Array]:
        """See `Training.weights`."""
        return _read_only(self._steps.current().parameters)

    def buffers(self) -> Mapping[str, Array]:
        """See `Training.buffers`."""
        return _read_only(self._steps.current().buffers)

    def scale_rate(self, factor: float) -> None:
        """See `Training.scale_rate`."""
        self.course.scale(factor)

    def stop(self) -> None:
        """See `Training.stop`."""
        self._asked_to_stop = True

    def finish(self) -> None:
        """See `Training.finish`."""
        self.finished = True

    def show(self, values: Mapping[str, Array]) -> None:
        """See `Training.show`."""
        self._steps.show(values)

    def checkpoint(self) -> Checkpoint:
        """Everything that is needed to continue; may only be called while `consistent`."""
        assert self.consistent, "steps broke off half-way"
        return Checkpoint.of(gather(self.parts, epoch=self.epoch))

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint.  Raises RunError where it does not fit the stepper.

        Callbacks that are given to `run` afterwards continue from it too.
        """
        check_state(checkpoint)
        self._callbacks, self._restored = self._own_callbacks, checkpoint.entries
        for part in self.parts:
            part.load_state(self._restored)
        self.epoch = checkpoint.epoch

    def _run_epoch(self, callbacks: Sequence[Callback]) -> bool:
        """Complete the current epoch; False if a callback asked to stop before its end."""
        per_epoch = self._reading.per_epoch
        rates = self.course.of(Span(self.epoch, self._epochs, per_epoch))
        for group in self._reading.batches(self.epoch + 1, self.sums.batch):
            done = 0
            while done < len(group.rows):
                for callback in self._shown(callbacks):
                    callback.before_steps(self)
                if self._asked_to_stop:
                    return False
                self._steps.resume()  # a callback may have shown other parameters
                chunk = group.rows[done : done + self._steps_until_called(callbacks)]
                first = self.sums.batch
                if per_epoch is None:
                    span = Span(self.epoch, self._epochs, None, self.step, len(chunk))
                    some = self.course.of(span)
                elif first + len(chunk) > per_epoch:
                    raise self._wrong_number("more")
                else:
                    some = rates[first : first + len(chunk)]
                took = self._run_steps(group, chunk, some * self.course.factor)
                done += len(chunk)
                fitting = round(len(chunk) * self.chunk_seconds / max(took, 1e-9))
                self._chunk = max(1, min(4096, fitting))
                for callback in self._shown(callbacks):
                    if not callback.every or self.step % callback.every == 0:
                        callback.on_steps(self)
        if not self.sums.batch or self.sums.batch != (per_epoch or self.sums.batch):
            raise self._wrong_number(str(self.sums.batch))
        self._end_epoch(callbacks)
        return True

    def _shown(self, callbacks: Sequence[Callback]) -> Iterator[Callback]:
        """Each callback in turn, which sees the current weights in the model."""
        for callback in callbacks:
            self.stepper.follow()  # also after another callback has shown others
            yield callback

    def _steps_until_called(self, callbacks: Sequence[Callback]) -> int:
        """How many steps to make at once: no more than to the next that a callback wants to see."""
        waits = [c.every - self.step % c.every for c in callbacks if c.every]
        return min([self._chunk, *waits])

    def _run_steps(self, group: BatchGroup, chunk: Array, rates: Array) -> float:
        """Make a step for each batch of a chunk `(batches, rows)`; returns the seconds taken."""
        began, step = time.perf_counter(), self.step
        self.consistent = False
        losses: Sequence[float] | None = None
        try:
            losses = self.stepper.run(chunk, rates, group.arrays).tolist()
            self.sums.gradient_norms = self.stepper.gradient_norms()
        except TrainingError as error:
            losses = error.losses
            raise
        except ChainruleError:
            if self.step == step:  # refused before the first of them
                losses = []
            raise
        finally:
            took = time.perf_counter() - began
            if losses is not None:
                weights = self._row_weights(group.arrays, chunk[: len(losses)])
                of_batches = None if weights is None else weights.sum(axis=-1).tolist()
                self.sums.add(losses, chunk.shape[1], took, of_batches)
                if losses:
                    self.course.last = float(rates[len(losses) - 1])
                self.consistent = True
        return took

    def _wrong_number(self, got: str) -> DataError:
        per_epoch = self._reading.per_epoch
        words = "one batch or more" if per_epoch is None else f"{per_epoch} batches"
        return DataError(
            "data source",
            expected=f"{words} in epoch {self.epoch + 1}",
            got=got,
            remedy="let per_epoch be the number of batches that batches() yields",
        )

    def progress(self) -> Progress:
        """See `Training.progress`."""
        return Progress(
            epoch=self.epoch + 1,
            epochs=self._epochs,
            batch=self.sums.batch,
            batches=self._reading.per_epoch,
            loss=self.sums.loss if self.sums.rows else math.nan,
            samples_per_second=self.sums.samples_per_second,
            last=self._last,
        )

    def _end_epoch(self, callbacks: Sequence[Callback]) -> None:
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
            gradient_norms=dict(self.sums.gradient_norms),
        )
        self.sums.start_epoch()
        self._reading.end_epoch()
        if validation is not None:
            self.course.after(validation[0])
        for callback in self._shown(callbacks):
            callback.on_epoch(self, self._last)


def _read_only(arrays: Mapping[str, Array]) -> Mapping[str, Array]:
    """The arrays as views that cannot be written to: it would change copies only."""
    views = {name: array.view() for name, array in arrays.items()}
    for view in views.values():
        view.flags.writeable = False
    return MappingProxyType(views)
