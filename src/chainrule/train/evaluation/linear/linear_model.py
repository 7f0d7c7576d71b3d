"""A linear model of a data set: ridge regression for numbers, logistic regression for classes."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, final

import numpy as np

from chainrule.graph import Array
from chainrule.nn.prediction import in_chunks
from chainrule.train.data.dataset import Dataset
from chainrule.train.evaluation.linear.encoded_rows import EncodedRows
from chainrule.train.evaluation.linear.features import narrow
from chainrule.train.evaluation.linear.levels import Levels
from chainrule.train.evaluation.linear.logistic import fit_logistic
from chainrule.train.evaluation.linear.ridge import fit_ridge

__all__ = ["LinearModel", "fit_linear_model"]

LARGEST = 10_000_000
"""The most numbers that a fit holds: for each row its inputs, and four for each output."""

SMALL = 2_500_000
"""So many it always may; more only if that is less than half of the numbers of the table."""

MOST_PRODUCTS = 100_000_000
"""The most products, rows × inputs × classes, in one step of the fit."""

DRAW = 3
"""Which random stream of the seed the rows are drawn from."""


@final
@dataclass(frozen=True, eq=False)
class LinearModel:
    """Outputs xW + b, logits or standardised numbers, with weights `(inputs, outputs)`.

    The inputs are encoded by `levels`.  It was fitted to `rows` of the training rows; `converged`
    says whether the optimum was reached.
    """

    kind: Literal["logistic regression", "ridge regression"]
    weights: Array
    bias: Array
    rows: int
    converged: bool
    levels: Levels

    def outputs(self, x: Array) -> Array:
        """The outputs `(n, outputs)` for encoded rows `(n, D)`."""
        return in_chunks(self._outputs, x)

    def _outputs(self, rows: Array) -> Array:
        return self.levels.encode(rows).astype(np.float64) @ self.weights + self.bias


def fit_linear_model(
    dataset: Dataset,
    class_weights: Array | None = None,
    seed: int = 0,
    codes: Collection[int] = (),
) -> LinearModel:
    """The linear model of the training rows; `class_weights` `(K,)` count as in training.

    The columns `codes` have codes in place of numbers; see `Levels`.  Of a large table, a random
    part is drawn by the seed.
    """
    train, target = dataset.train, dataset.encoder.target
    classes = len(target.classes) if target.task == "classification" else 0
    levels = Levels.of(train.x, codes)
    most = most_rows(levels.inputs, target.outputs, train.x.size)
    rows = _drawn(train.y, most, classes, seed)
    encoded = EncodedRows(train.x, rows, levels)
    answers = train.y if rows is None else train.y[rows]
    narrowed = narrow(encoded.unconverted()) if levels.inputs > len(answers) else None
    if not classes:
        features = encoded if narrowed is None else narrowed[0]
        weights, bias = fit_ridge(features, answers.astype(np.float64))
        weights = weights if narrowed is None else narrowed[1](weights)
        return LinearModel("ridge regression", weights, bias, len(answers), True, levels)
    row_weights = None if class_weights is None else class_weights[answers]
    features = encoded.array() if narrowed is None else narrowed[0]
    weights, bias, converged = fit_logistic(features, answers, classes, row_weights)
    weights = weights if narrowed is None else narrowed[1](weights)
    return LinearModel("logistic regression", weights, bias, len(answers), converged, levels)


def most_rows(inputs: int, outputs: int, numbers: int) -> int:
    """The most rows that a linear model is fitted to, of a table with so many numbers.

    >>> most_rows(64, 10, 83_000), most_rows(50, 1, 40_000_000), most_rows(10_000, 1, 10_000_000)
    (24038, 185185, 1414)
    """
    held = min(LARGEST, max(SMALL, numbers // 2))
    tall = min(held // (inputs + 4 * outputs), MOST_PRODUCTS // (inputs * outputs))
    if tall >= inputs:
        return tall
    # With fewer rows than inputs, rows × rows × inputs products make the features.
    wide = min(math.isqrt(200 * MOST_PRODUCTS // inputs), math.isqrt(MOST_PRODUCTS // outputs))
    return max(tall, wide, 1)


def _drawn(answers: Array, most: int, classes: int, seed: int) -> Array | None:
    """At most about `most` rows, among them one of every class; None for all rows."""
    if len(answers) <= most:
        return None
    rng = np.random.default_rng([seed, DRAW])
    rows = rng.choice(len(answers), most, replace=False)
    first = np.unique(answers, return_index=True)[1] if classes else rows[:0]
    return np.union1d(rows, first)
