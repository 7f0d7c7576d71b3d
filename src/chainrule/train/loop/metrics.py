"""Figures of merit: accuracy, a confusion table, R², and a summary of residuals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array

__all__ = ["Confusion", "Residuals", "accuracy", "confusion", "r2", "residuals"]


def accuracy(true: Array, predicted: Array) -> float:
    """The share of rows `(n,)` whose class is right.

    Raises `DataError` where there are no rows, or not as many of both.

    >>> accuracy(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]))
    0.75
    """
    from sklearn.metrics import accuracy_score

    _check(true, predicted)
    return float(accuracy_score(true, predicted))


@final
@dataclass(frozen=True)
class Confusion:
    """How often each true class (row) was taken for each class (column)."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def recall(self) -> tuple[float, ...]:
        """For each class, the share of its rows that were found; NaN for a class without rows."""
        shares = zip(self.counts, range(len(self.classes)), strict=True)
        return tuple(row[i] / sum(row) if sum(row) else float("nan") for row, i in shares)


def confusion(true: Array, predicted: Array, classes: tuple[str, ...]) -> Confusion:
    """The confusion table of class indices `(n,)` and `(n,)` over all `classes`.

    Raises `DataError` where there are no rows, or not as many of both.

    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), ("cat", "dog")).counts
    ((1, 1), (0, 1))
    """
    from sklearn.metrics import confusion_matrix

    _check(true, predicted)
    table = confusion_matrix(true, predicted, labels=np.arange(len(classes)))
    return Confusion(classes, tuple(tuple(row) for row in table.tolist()))


def r2(true: Array, predicted: Array) -> float:
    """R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)², the mean over outputs; `(n,)` or `(n, outputs)`.

    1 is perfect, 0 no better than the mean; NaN with fewer than two rows or values that are not
    finite, NaN or −∞ where y is constant.
    Raises `DataError` where there are no rows, or not as many of both.

    >>> r2(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0]))
    0.5
    """
    from sklearn.metrics import r2_score

    _check(true, predicted)
    if len(true) < 2 or not (np.isfinite(true).all() and np.isfinite(predicted).all()):
        return float("nan")
    # As it is defined: scikit-learn's replacement would call a constant well or badly predicted.
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(r2_score(true, predicted, force_finite=False))


@final
@dataclass(frozen=True)
class Residuals:
    """Residuals y − ŷ in the target's units: their quartiles, and two measures of their size."""

    least: float
    quartile1: float
    median: float
    quartile3: float
    greatest: float
    mean_absolute: float
    root_mean_square: float


def residuals(true: Array, predicted: Array) -> Residuals:
    """The summary of y − ŷ, all outputs together.

    Raises `DataError` where there are no rows, or not as many of both.

    >>> residuals(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 0.0])).greatest
    3.0
    """
    _check(true, predicted)
    differences = (true - predicted).ravel()
    least, q1, median, q3, greatest = np.quantile(differences, (0, 0.25, 0.5, 0.75, 1)).tolist()
    absolute = float(np.mean(np.abs(differences)))
    square = float(np.sqrt(np.mean(differences**2)))
    return Residuals(least, q1, median, q3, greatest, absolute, square)


def _check(true: Array, predicted: Array) -> None:
    if true.shape != predicted.shape or not len(true):
        raise DataError(
            "metric",
            expected="one prediction for each row, and one row or more",
            got=f"true {true.shape} and predicted {predicted.shape}",
            remedy="reshape one of them",
        )
