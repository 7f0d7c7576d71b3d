"""Early stopping: training ends when the validation loss or metric no longer improves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from chainrule.errors import OptionError, UnknownNameError

__all__ = ["Best", "BestEpoch", "EarlyStopping"]


@final
@dataclass(frozen=True, eq=False)
class Best:
    """The best epoch so far: its number, the watched value, and parameters and buffers by name."""

    epoch: int
    value: float
    parameters: Mapping[str, np.ndarray[Any, np.dtype[Any]]]


@final
@dataclass(frozen=True)
class EarlyStopping:
    """Stop after `patience` epochs in a row that are not better than the best one before them.

    Better means a lower validation loss, or a higher metric, as `watch` says; NaN is never better.
    Raises OptionError unless `patience` is a whole number above 0.

    >>> stopping = EarlyStopping(patience=2)
    >>> best = Best(epoch=3, value=0.5, parameters={})
    >>> stopping.is_better(0.5, best), stopping.is_better(0.4, best)
    (False, True)
    >>> stopping.is_over(4, best), stopping.is_over(5, best)
    (False, True)

    Prechelt: Early stopping, but when?, in Neural Networks: Tricks of the Trade, 1998.
    """

    patience: int
    watch: Literal["loss", "metric"] = "loss"

    def __post_init__(self) -> None:
        if isinstance(self.patience, bool) or not isinstance(self.patience, (int, np.integer)):
            raise _bad_patience(self.patience)
        if self.patience < 1:
            raise _bad_patience(self.patience)
        if self.watch not in ("loss", "metric"):
            raise UnknownNameError("watch", str(self.watch), ("loss", "metric"))

    def is_better(self, value: float, best: Best | None) -> bool:
        """Whether an epoch with this value is the best so far."""
        if math.isnan(value):
            return False
        if best is None:
            return True
        return value < best.value if self.watch == "loss" else value > best.value

    def is_over(self, epoch: int, best: Best | None) -> bool:
        """Whether to stop after `epoch` completed epochs."""
        return epoch - (best.epoch if best else 0) >= self.patience


@final
class BestEpoch:
    """The best epoch of a training in progress, as `stopping` judges; None keeps none."""

    def __init__(self, stopping: EarlyStopping | None) -> None:
        self.stopping = stopping
        self.best: Best | None = None

    def is_over(self, epoch: int) -> bool:
        """Whether training stops after `epoch` completed epochs."""
        return self.stopping is not None and self.stopping.is_over(epoch, self.best)

    def after(
        self, epoch: int, loss: float, metric: float, parameters: Callable[[], Mapping[str, Any]]
    ) -> None:
        """Judge an epoch by its validation; `parameters` are only asked for if it is the best."""
        if self.stopping is None:
            return
        value = loss if self.stopping.watch == "loss" else metric
        if self.stopping.is_better(value, self.best):
            self.best = Best(epoch, value, parameters())

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


def _bad_patience(patience: object) -> OptionError:
    return OptionError("patience", expected="a whole number of epochs above 0", got=repr(patience))
