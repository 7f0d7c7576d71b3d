"""The scores of a model that predicts classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.graph import Array
from chainrule.train.evaluation.calibration import brier_score, calibration
from chainrule.train.evaluation.ranking import macro_auc

__all__ = ["ClassScores", "class_scores", "f1_score", "log_softmax"]


@final
@dataclass(frozen=True)
class ClassScores:
    """How well classes and their probabilities are predicted; None where a score is not defined.

    accuracy           the share of rows whose most probable class is the true one
    log_loss           −mean log p(true class); None where a class was held to be impossible
    auc                of the second of two classes; of more, the mean of one class against the rest
    f1                 of the second of two classes; of more, the mean over classes
    brier              the mean squared error of the probabilities, see `brier_score`
    calibration_error  the expected calibration error, see `Calibration`
    """

    accuracy: float
    log_loss: float | None
    auc: float | None
    f1: float | None
    brier: float
    calibration_error: float


def class_scores(labels: Array, log_probabilities: Array) -> ClassScores:
    """The scores of log probabilities `(n, K)` for rows with labels `(n,)`.

    >>> found = class_scores(np.array([0, 1]), np.log([[0.8, 0.2], [0.4, 0.6]]))
    >>> found.accuracy, round(found.log_loss, 4), found.auc, found.f1
    (1.0, 0.367, 1.0, 1.0)
    """
    probabilities = np.exp(log_probabilities)
    predicted = log_probabilities.argmax(axis=1)
    loss = -float(log_probabilities[np.arange(len(labels)), labels].mean())
    return ClassScores(
        accuracy=float(np.mean(predicted == labels)),
        log_loss=loss if math.isfinite(loss) else None,
        auc=macro_auc(labels, log_probabilities),
        f1=f1_score(labels, predicted, log_probabilities.shape[1]),
        brier=brier_score(labels, probabilities),
        calibration_error=calibration(labels, probabilities).error,
    )


def f1_score(labels: Array, predicted: Array, classes: int) -> float | None:
    """The F1 score of predicted classes: of two, that of the second; of more, the mean.

    2·TP / (2·TP + FP + FN), the harmonic mean of precision and recall.  A class that neither has
    rows nor is predicted has none; None where that leaves no class.

    >>> f1_score(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), 2)
    0.8
    """
    right = np.bincount(labels[labels == predicted], minlength=classes)
    either = np.bincount(labels, minlength=classes) + np.bincount(predicted, minlength=classes)
    if classes == 2:
        return float(2 * right[1] / either[1]) if either[1] else None
    known = either > 0
    return float(np.mean(2 * right[known] / either[known])) if known.any() else None


def log_softmax(logits: Array) -> Array:
    """The logarithms of softmax probabilities, in float64, for logits `(n, K)`."""
    z = logits.astype(np.float64)
    z -= z.max(axis=1, keepdims=True)
    z -= np.log(np.exp(z).sum(axis=1, keepdims=True))
    return z
