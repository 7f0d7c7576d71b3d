"""Callbacks, through which a training reports its progress and is asked to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chainrule.train.loop.history import EpochRecord

__all__ = ["Callbacks", "Progress"]


@dataclass(frozen=True)
class Progress:
    """How far a training has come, for progress bars.

    `epoch` is the current one, from 1, `batch` counts its finished batches, `loss` is the mean over
    their rows, and `last` is the record of the previous epoch.
    """

    epoch: int
    epochs: int
    batch: int
    batches: int
    loss: float
    samples_per_second: float
    last: EpochRecord | None


@dataclass
class Callbacks:
    """Functions that the training loop calls.

    on_progress   after every chunk of steps
    on_epoch      after every epoch, with its record
    stop          before every chunk of steps; training stops once it returns true
    """

    on_progress: Callable[[Progress], None] = lambda progress: None
    on_epoch: Callable[[EpochRecord], None] = lambda record: None
    stop: Callable[[], bool] = lambda: False
