"""Early stopping: training ends when the validation loss or metric no longer improves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from chainrule.errors import OptionError, UnknownNameError
from chainrule.train.loop.callbacks import Callback, Training
from chainrule.train.loop.history import EpochRecord

__all__ = ["Best", "EarlyStopping"]


@final
@dataclass(frozen=True, eq=False)
class Best:
    """The best epoch so far: its number, the watched value, and parameters and buffers by name."""

    epoch: int
    value: float
    parameters: Mapping[str, np.ndarray[Any, np.dtype[Any]]]


@final
class EarlyStopping(Callback):
    """Stops after `patience` epochs in a row that are not better than the best one before them.

    Better means a lower validation loss, or a higher metric, as `watch` says; NaN is never better.
    When training ends, the parameters and buffers of the `best` epoch are shown.
    Raises OptionError unless `patience` is a whole number above 0.

    >>> stopping = EarlyStopping(patience=2)
    >>> stopping.best = Best(epoch=3, value=0.5, parameters={})
    >>> stopping.is_better(0.5), stopping.is_better(0.4)
    (False, True)
    >>> stopping.is_over(4), stopping.is_over(5)
    (False, True)

    Prechelt: Early stopping, but when?, in Neural Networks: Tricks of the Trade, 1998.
    """

    def __init__(self, patience: int, watch: Literal["loss", "metric"] = "loss") -> None:
        whole = isinstance(patience, (int, np.integer)) and not isinstance(patience, bool)
        if not whole or patience < 1:
            raise OptionError(
                "patience", expected="a whole number of epochs above 0", got=repr(patience)
            )
        if watch not in ("loss", "metric"):
            raise UnknownNameError("watch", str(watch), ("loss", "metric"))
        self.patience, self.watch = patience, watch
        self.best: Best | None = None

    def is_better(self, value: float) -> bool:
        """Whether an epoch with this value is the best so far."""
        if math.isnan(value):
            return False
        if self.best is None:
            return True
        return value < self.best.value if self.watch == "loss" else value > self.best.value

    def is_over(self, epoch: int) -> bool:
        """Whether training ends after `epoch` completed epochs."""
        return epoch - (self.best.epoch if self.best else 0) >= self.patience

    def on_start(self, training: Training) -> None:
        """End a training at once that has stopped before and is resumed."""
        if self.is_over(training.epoch):
            training.finish()

    def on_epoch(self, training: Training, record: EpochRecord) -> None:
        """Judge the epoch by its validation."""
        value = record.validation_loss if self.watch == "loss" else record.validation_metric
        if value is not None and self.is_better(value):
            self.best = Best(record.epoch, value, {**training.weights(), **training.buffers()})
        if self.is_over(record.epoch):
            training.finish()

    def on_end(self, training: Training) -> None:
        """Show the best epoch."""
        if self.best is not None:
            training.show(self.best.parameters)

    def state(self) -> Mapping[str, Any]:
        """See `Stateful.state`."""
        if self.best is None:
            return {"best": None, "best_parameters": {}}
        return {
            "best": [self.best.epoch, self.best.value],
            "best_parameters": self.best.parameters,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """See `Stateful.load_state`."""
        best = state.get("best")
        self.best = best and Best(int(best[0]), float(best[1]), state["best_parameters"])
