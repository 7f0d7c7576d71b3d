"""The results of cross-validation: a score for each fold, their means and standard deviations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

__all__ = ["CrossValidation", "FoldRecord"]


@final
@dataclass(frozen=True)
class FoldRecord:
    """The result of one fold, from 1: a training of `epochs` epochs that was tested on `rows` rows.

    `loss` and `metric` are those of the test rows; with early stopping, of the best epoch.
    """

    fold: int
    epochs: int
    train_rows: int
    rows: int
    loss: float
    metric: float | None
    seconds: float


@final
@dataclass(frozen=True)
class CrossValidation:
    """The results of all folds; each was tested on rows that it was not trained on.

    Means are over folds, each counting alike, and the standard deviation `sd` is that of a sample,
    √(Σ(xᵢ − x̄)² / (K − 1)).

    >>> folds = [
    ...     FoldRecord(i, 9, 80, 20, 0.5, accuracy, 0.1) for i, accuracy in ((1, 0.8), (2, 0.9))
    ... ]
    >>> CrossValidation("accuracy", tuple(folds))
    <2 folds: accuracy 0.85 ± 0.0707, loss 0.5 ± 0>
    """

    metric: str | None
    folds: tuple[FoldRecord, ...]

    @property
    def loss(self) -> tuple[float, float]:
        """Mean and standard deviation of the folds' losses."""
        return _mean_and_sd([fold.loss for fold in self.folds])

    @property
    def score(self) -> tuple[float, float] | None:
        """Mean and standard deviation of the folds' metrics; None where there is no metric."""
        values = [fold.metric for fold in self.folds if fold.metric is not None]
        return _mean_and_sd(values) if len(values) == len(self.folds) else None

    def __repr__(self) -> str:
        figures = {"loss": self.loss}
        if self.score is not None and self.metric is not None:
            figures = {self.metric: self.score, **figures}
        words = [f"{name} {mean:.4g} ± {sd:.3g}" for name, (mean, sd) in figures.items()]
        return f"<{len(self.folds)} folds: {', '.join(words)}>"

    def to_dict(self) -> dict[str, Any]:
        """The results as entries for JSON; programs rely on their names."""
        figures: dict[str, Any] = {"test_loss": self.loss}
        if self.metric is not None:
            figures[f"test_{self.metric}"] = self.score or (None, None)
        return {
            "folds": [dict(self._entries(fold)) for fold in self.folds],
            "mean": {name: mean for name, (mean, _) in figures.items()},
            "sd": {name: sd for name, (_, sd) in figures.items()},
        }

    def _entries(self, fold: FoldRecord) -> Iterator[tuple[str, Any]]:
        yield "fold", fold.fold
        yield "train_rows", fold.train_rows
        yield "test_rows", fold.rows
        yield "test_loss", fold.loss
        if self.metric is not None:
            yield f"test_{self.metric}", fold.metric
        yield "seconds", fold.seconds


def _mean_and_sd(values: Sequence[float]) -> tuple[float, float]:
    with np.errstate(invalid="ignore"):  # R² of equal answers is not finite
        return float(np.mean(values)), float(np.std(values, ddof=1))
