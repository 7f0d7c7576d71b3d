"""Early stopping: training ends when the validation loss or metric no longer improves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from chainrule.errors import OptionError, UnknownNameError

__all__ = ["Best", "EarlyStopping"]


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


def _bad_patience(patience: object) -> OptionError:
    return OptionError("patience", expected="a whole number of epochs above 0", got=repr(patience))
