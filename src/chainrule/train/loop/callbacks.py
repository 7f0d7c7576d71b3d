"""Callbacks, which follow a training from outside: they see it, stop it, or change its rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from chainrule.graph import Array
from chainrule.train.loop.history import EpochRecord

__all__ = ["Callback", "Callbacks", "FromFunctions", "Progress", "Training"]


@dataclass(frozen=True)
class Progress:
    """How far a training has come, for progress bars.

    `epoch` is the current one, from 1, `batch` counts its finished batches of `batches` (None if
    the data source does not know), `loss` is the mean over their rows, and `last` is the record of
    the previous epoch.
    """

    epoch: int
    epochs: int
    batch: int
    batches: int | None
    loss: float
    samples_per_second: float
    last: EpochRecord | None


class Training(Protocol):
    """A training as its callbacks see it."""

    @property
    def step(self) -> int:
        """The number of steps made so far, in all epochs."""
        ...

    @property
    def epoch(self) -> int:
        """The number of completed epochs."""
        ...

    @property
    def learning_rate(self) -> float:
        """The learning rate of the last step."""
        ...

    @property
    def last(self) -> EpochRecord | None:
        """The record of the last epoch, with loss and metric of the validation rows."""
        ...

    @property
    def gradient_norms(self) -> Mapping[str, float]:
        """‖∂L/∂θ‖₂ for each layer in the last step, before clipping; empty before the first."""
        ...

    def progress(self) -> Progress:
        """How far the current epoch has come; its loss is NaN before the first step."""
        ...

    def weights(self) -> Mapping[str, Array]:
        """Copies of the current parameters by name, which cannot be written to."""
        ...

    def buffers(self) -> Mapping[str, Array]:
        """Copies of the current buffers by name, such as BatchNorm's averages; likewise."""
        ...

    def scale_rate(self, factor: float) -> None:
        """Multiply the learning rate of all following steps by a factor, on top of the schedule.

        The factor is saved with the run.  Raises OptionError unless it is above 0.
        """
        ...

    def stop(self) -> None:
        """Interrupt the training before the next steps; the current epoch may be incomplete."""
        ...

    def finish(self) -> None:
        """Let the training be complete after the current epoch, or at once if none has begun."""
        ...

    def show(self, values: Mapping[str, Array]) -> None:
        """Put these parameters and buffers by name into the model, until training continues.

        Training goes on from its own ones, which are also those that are saved.  Others than the
        named ones are unchanged.  Raises UnknownNameError for a name that the model does not have.
        """
        ...


class Callback:
    """Follows a training; a subclass overrides what it needs.

    every   after how many steps `on_steps` is called; 0 for after each call of the stepper, some
            twenty times a second

    An error of a callback ends the training, which loses no step by that.

    What a callback remembers can be saved with the training: it then returns it from `state`, and
    takes it back in `load_state` before `on_start`.  Early stopping (`patience`) is a callback
    too: it watches `on_epoch`, calls `finish`, and shows the best epoch in `on_end`.

    >>> import numpy as np, chainrule as cr
    >>> class HalveTheRate(cr.Callback):
    ...     every = 10
    ...
    ...     def on_steps(self, training):
    ...         training.scale_rate(0.5)
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> model, options = cr.nn.mlp(1, (), 1), {"optimizer": "sgd", "learning_rate": 0.8}
    >>> fitted = cr.fit(model, (x, 3 * x), **options, epochs=11, callbacks=[HalveTheRate()])
    >>> [record.learning_rate for record in fitted.history[::5]]
    [0.8, 0.4, 0.2]
    """

    every: int = 0

    def on_start(self, training: Training) -> None:
        """Called before the first steps."""

    def before_steps(self, training: Training) -> None:
        """Called before each call of the stepper."""

    def on_steps(self, training: Training) -> None:
        """Called after each step whose number is a multiple of `every`."""

    def on_epoch(self, training: Training, record: EpochRecord) -> None:
        """Called after every epoch, with its record."""

    def on_end(self, training: Training) -> None:
        """Called at the end, also after an error or an interruption."""

    def state(self) -> Mapping[str, Any]:
        """What is needed to continue: plain data by name, which JSON can hold.

        No other part of the training may use the same names.
        """
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Continue from a state, which may hold entries of other parts.

        A missing entry stands for the start of a training.
        """


@dataclass
class Callbacks:
    """Functions that the training loop calls, for those who need no more: see `FromFunctions`.

    on_progress   after every chunk of steps
    on_epoch      after every epoch, with its record
    stop          before every chunk of steps; training stops once it returns true
    """

    on_progress: Callable[[Progress], None] = lambda progress: None
    on_epoch: Callable[[EpochRecord], None] = lambda record: None
    stop: Callable[[], bool] = lambda: False


class FromFunctions(Callback):
    """`Callbacks` as a callback."""

    def __init__(self, functions: Callbacks) -> None:
        self._functions = functions

    def before_steps(self, training: Training) -> None:
        if self._functions.stop():
            training.stop()

    def on_steps(self, training: Training) -> None:
        self._functions.on_progress(training.progress())

    def on_epoch(self, training: Training, record: EpochRecord) -> None:
        self._functions.on_epoch(record)
