"""The score of predictions where the answers are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.graph import Array
from chainrule.train.data.encoding.target_coder import TargetCoder
from chainrule.train.data.table import Column
from chainrule.train.loop.metrics import r2

__all__ = ["Score", "score_of"]


@final
@dataclass(frozen=True)
class Score:
    """How predictions compare with the answers of those `rows` that have one.

    `loss` is the mean cross-entropy, or the mean squared error of standardised numbers, as in the
    report of a training without class weights; `metric` the accuracy, or R².  Answers of no class
    that was trained count as mistakes, without a loss: there are so many `strange` ones.
    """

    rows: int
    loss: float
    metric: float
    name: str
    unanswered: int = 0
    strange: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The score as entries for JSON; programs rely on their names."""
        return {
            "rows": self.rows,
            "rows_without_answer": self.unanswered,
            "rows_of_other_classes": self.strange,
            "loss": self.loss,
            self.name: self.metric,
        }


def score_of(outputs: Array, answers: Column, target: TargetCoder) -> Score | None:
    """The score of outputs `(n, K)`, logits or standardised numbers; None if no row has an answer.

    Raises DataError where the answers are no numbers, and numbers were predicted.
    """
    given = np.flatnonzero(~answers.missing & ~np.isinf(answers.values))
    if not len(given):
        return None
    without = len(answers.values) - len(given)
    outputs, answers = outputs[given].astype(np.float64), answers.take(given)
    if target.task == "regression":
        y = target.encode(answers)
        loss = float(np.mean((outputs - y) ** 2))
        return Score(len(given), loss, r2(y, outputs), "r2", without)
    index = target.indices(answers)
    classes = np.array([index.get(str(label), -1) for label in answers.labels()])
    known = classes >= 0
    right = outputs.argmax(axis=-1) == classes
    logits, true = outputs[known], classes[known]
    largest = logits.max(axis=-1, initial=-np.inf)
    sums = np.log(np.exp(logits - largest[:, None]).sum(axis=-1)) + largest
    losses = sums - logits[np.arange(len(true)), true]
    loss = float(losses.mean()) if len(true) else float("nan")
    accuracy = float(right.mean())
    return Score(len(given), loss, accuracy, "accuracy", without, int((~known).sum()))
