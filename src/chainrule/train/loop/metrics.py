"""Metrics: accuracy, confusion table, R², and a summary of residuals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array

__all__ = ["Confusion", "Residuals", "accuracy", "confusion", "r2", "residuals"]


def accuracy(true: Array, predicted: Array) -> float:
    """The share of rows whose predicted class is the true one; both `(n,)`.

    Raises `DataError` if there are no rows, or the two shapes differ.

    >>> accuracy(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]))
    0.75
    """
    _check(true, predicted)
    return float(np.mean(true == predicted))


@final
@dataclass(frozen=True)
class Confusion:
    """How often each true class (row) was predicted as each class (column)."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def recall(self) -> tuple[float, ...]:
        """For each class, the share of its rows predicted as it; NaN for a class without rows."""
        shares = zip(self.counts, range(len(self.classes)), strict=True)
        return tuple(row[i] / sum(row) if sum(row) else float("nan") for row, i in shares)


def confusion(true: Array, predicted: Array, classes: tuple[str, ...]) -> Confusion:
    """The confusion table of true and predicted class indices, both `(n,)`, over all `classes`.

    Raises `DataError` if there are no rows, or the two shapes differ.

    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), ("cat", "dog")).counts
    ((1, 1), (0, 1))
    """
    _check(true, predicted)
    table = np.zeros((len(classes), len(classes)), np.int64)
    known = predicted < len(classes)  # a model may have more outputs than there are classes
    np.add.at(table, (true[known], predicted[known]), 1)
    return Confusion(classes, tuple(tuple(row) for row in table.tolist()))


def r2(true: Array, predicted: Array) -> float:
    """The coefficient of determination of predictions `(n,)` or `(n, outputs)`.

    R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)², averaged over the outputs. 1 is perfect, 0 no better than
    predicting the mean. NaN for fewer than two rows and for values that are not finite; NaN or −∞
    where y is constant.
    Raises `DataError` if there are no rows, or the two shapes differ.

    >>> r2(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0]))
    0.5
    """
    _check(true, predicted)
    if len(true) < 2 or not (np.isfinite(true).all() and np.isfinite(predicted).all()):
        return float("nan")
    y, guess = (values.reshape(len(true), -1) for values in (true, predicted))
    with np.errstate(divide="ignore", invalid="ignore"):
        unexplained = ((y - guess) ** 2).sum(axis=0)
        return float(np.mean(1 - unexplained / ((y - y.mean(axis=0)) ** 2).sum(axis=0)))


@final
@dataclass(frozen=True)
class Residuals:
    """Residuals y − ŷ in the units of the target: their quartiles, mean size and RMS."""

    least: float
    quartile1: float
    median: float
    quartile3: float
    greatest: float
    mean_absolute: float
    root_mean_square: float


def residuals(true: Array, predicted: Array) -> Residuals:
    """The summary of y − ŷ over all rows and outputs.

    Raises `DataError` if there are no rows, or the two shapes differ.

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
