"""The position within an epoch, and what is added up until its end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, final

__all__ = ["EpochSums"]


@final
class EpochSums:
    """The position within an epoch, its sums so far, and the totals of the training.

    batch            completed batches of the epoch
    loss_sum         of their losses, each times the weight of its rows
    rows             of these batches
    weight           of these rows: their number, unless the loss weighs them
    epoch_seconds    spent on their steps
    seconds          spent on all steps; validation and saving are not counted
    samples          rows that all steps took
    gradient_norms   of the last step; a new stepper cannot compute them
    """

    def __init__(self) -> None:
        self.seconds, self.samples = 0.0, 0
        self.gradient_norms: dict[str, float] = {}
        self.start_epoch()

    def start_epoch(self) -> None:
        """Reset the sums of the epoch."""
        self.batch, self.loss_sum, self.rows, self.epoch_seconds = 0, 0.0, 0, 0.0
        self.weight = 0.0

    def add(
        self,
        losses: Sequence[float],
        rows: int,
        seconds: float,
        weights: Sequence[float] | None = None,
    ) -> None:
        """Count steps with these losses, on batches of `rows` rows each.

        `weights` are what the batches count, if that is not the number of their rows.
        """
        for loss, weight in zip(losses, weights or [rows] * len(losses), strict=True):
            if weight:  # the mean of rows that count nothing may be NaN
                self.loss_sum += loss * weight
                self.weight += weight
        self.rows += len(losses) * rows
        self.samples += len(losses) * rows
        self.batch += len(losses)
        self.epoch_seconds += seconds
        self.seconds += seconds

    @property
    def loss(self) -> float:
        """The mean loss over the rows of the epoch so far, weighted as the loss weighs them.

        NaN while they count nothing: the loss is then not defined.
        """
        return self.loss_sum / self.weight if self.weight else math.nan

    @property
    def samples_per_second(self) -> float:
        """The speed of the training so far."""
        return self.samples / max(self.seconds, 1e-9)

    def state(self) -> Mapping[str, Any]:
        """See `Stateful.state`."""
        return {
            "place": self.batch,
            "loss_sum": self.loss_sum,
            "rows": self.rows,
            "epoch_seconds": self.epoch_seconds,
            "seconds": self.seconds,
            "samples": self.samples,
            "gradient_norms": dict(self.gradient_norms),
            **({} if self.weight == self.rows else {"weight": self.weight}),
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """See `Stateful.load_state`."""
        self.batch = int(state.get("place", 0))
        self.loss_sum = float(state.get("loss_sum", 0.0))
        self.rows = int(state.get("rows", 0))
        self.weight = float(state.get("weight", self.rows))
        self.epoch_seconds = float(state.get("epoch_seconds", 0.0))
        self.seconds = float(state.get("seconds", 0.0))
        self.samples = int(state.get("samples", 0))
        self.gradient_norms = dict(state.get("gradient_norms", {}))
