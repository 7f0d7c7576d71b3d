"""Calibration: whether rows predicted with 80 % confidence are right in 80 of 100 cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.graph import Array

__all__ = ["BINS", "Calibration", "brier_score", "calibration"]

BINS = 15
"""The bins of equal width that confidences from 0 to 1 are divided into."""


@final
@dataclass(frozen=True)
class Calibration:
    """Mean confidence and accuracy of the rows in each bin of confidence; empty bins are left out.

    The confidence of a row is the probability of the class predicted for it.
    """

    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]
    rows: tuple[int, ...]

    @property
    def error(self) -> float:
        """The expected calibration error: Σ_b n_b/n · |accuracy_b − confidence_b|.

        >>> Calibration((0.5, 0.75), (0.25, 0.75), (1, 3)).error
        0.0625
        """
        gaps = np.abs(np.subtract(self.accuracy, self.confidence))
        return float(np.average(gaps, weights=self.rows))

    def to_dict(self) -> dict[str, Any]:
        """The bins as entries for JSON."""
        return {
            "bins": BINS,
            "confidence": list(self.confidence),
            "accuracy": list(self.accuracy),
            "rows": list(self.rows),
        }


def calibration(labels: Array, probabilities: Array) -> Calibration:
    """The calibration of probabilities `(n, K)` for rows with labels `(n,)`.

    A confidence on the border of two bins belongs to the lower one.

    >>> calibration(np.array([0, 1]), np.array([[0.9, 0.1], [0.9, 0.1]])).accuracy
    (0.5,)

    Guo, Pleiss, Sun, Weinberger: On calibration of modern neural networks, ICML 2017.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], confidence)
    rows = np.bincount(bins, minlength=BINS)
    kept = np.flatnonzero(rows)
    means = (
        np.bincount(bins, weights=values, minlength=BINS)[kept] / rows[kept]
        for values in (confidence, right)
    )
    confidences, accuracies = (tuple(mean.tolist()) for mean in means)
    return Calibration(confidences, accuracies, tuple(rows[kept].tolist()))


def brier_score(labels: Array, probabilities: Array) -> float:
    """The mean squared error of probabilities `(n, K)`, against 1 for the true class, 0 for others.

    (1/n) Σᵢ Σₖ (pᵢₖ − yᵢₖ)², from 0 to 2; for two classes half of it, which is that of the second
    class.

    >>> brier_score(np.array([1, 0]), np.array([[0.25, 0.75], [0.75, 0.25]]))
    0.0625

    Brier: Verification of forecasts expressed in terms of probability, Monthly Weather Review 78,
    1950.
    """
    squares = np.square(probabilities).sum(axis=1)
    true = probabilities[np.arange(len(labels)), labels]
    mean = float(np.mean(squares - 2 * true + 1))
    return mean / 2 if probabilities.shape[1] == 2 else mean
