"""The scores of a model that predicts numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.graph import Array
from chainrule.train.loop.metrics import r2

__all__ = ["NumberScores", "number_scores"]


@final
@dataclass(frozen=True)
class NumberScores:
    """How well numbers are predicted; None where a score is not defined.

    r2    the share of the variance that is explained, see `r2`
    rmse  the root of the mean squared error, in the units of the target
    mae   the mean absolute error, in the units of the target
    """

    r2: float | None
    rmse: float | None
    mae: float | None


def number_scores(true: Array, predicted: Array) -> NumberScores:
    """The scores of predictions `(n, outputs)` for true numbers, in the units of the target.

    >>> number_scores(np.array([[1.0], [3.0]]), np.array([[1.0], [2.0]]))
    NumberScores(r2=0.5, rmse=0.7071067811865476, mae=0.5)
    """
    with np.errstate(over="ignore", invalid="ignore"):
        errors = true - predicted
        found = r2(true, predicted), np.sqrt(np.mean(errors**2)), np.mean(np.abs(errors))
    known = (float(value) if math.isfinite(value) else None for value in found)
    return NumberScores(*known)
