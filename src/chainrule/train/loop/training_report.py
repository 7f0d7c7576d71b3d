"""The report of a finished training: loss and metric on every part of the data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.loop.metrics import Confusion, Residuals, accuracy, confusion, r2, residuals
from chainrule.train.steps.stepper import Stepper

__all__ = ["Metric", "Report", "Score", "make_report", "score"]

Metric = Literal["accuracy", "r2"]


@final
@dataclass(frozen=True)
class Score:
    """Loss and metric on one part of the data."""

    loss: float
    metric: float


@final
@dataclass(frozen=True)
class Report:
    """The results of a finished training.

    `metric` is accuracy for classes and for binary cross-entropy, R² for other numbers; `confusion`
    or `residuals` are those of held-out rows.  With early stopping, all numbers are those of
    `best_epoch`, and `stopped_early` says whether training ended before its last epoch.
    """

    dataset: str
    rows: int
    task: str
    metric: Metric
    epochs: int
    train: Score
    validation: Score | None
    test: Score | None
    seconds: float
    samples_per_second: float
    gradient_norms: Mapping[str, float]
    run: str | None = None
    confusion: Confusion | None = None
    residuals: Residuals | None = None
    best_epoch: int | None = None
    stopped_early: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The report as entries for JSON; programs rely on their names."""
        return {
            "dataset": self.dataset,
            "rows": self.rows,
            "task": self.task,
            "epochs": self.epochs,
            "best_epoch": self.best_epoch,
            "stopped_early": self.stopped_early,
            "train_loss": self.train.loss,
            "validation_loss": self.validation.loss if self.validation else None,
            "test_loss": self.test.loss if self.test else None,
            f"train_{self.metric}": self.train.metric,
            f"validation_{self.metric}": self.validation.metric if self.validation else None,
            f"test_{self.metric}": self.test.metric if self.test else None,
            "gradient_norms": dict(self.gradient_norms),
            "seconds": self.seconds,
            "samples_per_second": self.samples_per_second,
            "run": self.run,
        }


def score(stepper: Stepper, part: Part, metric: Metric) -> Score | None:
    """Loss and metric on one part with the current parameters; None if it has no rows.

    For accuracy, labels are compared with the index of the largest output, and answers of 0 and 1
    with the signs of the outputs.  Several outputs, which only the loss knows how to compare with
    the answers, have the metric NaN.
    """
    if not len(part):
        return None
    loss, outputs = stepper.loss(part.x, part.y), stepper.predict(part.x)
    if not isinstance(outputs, np.ndarray):
        return Score(loss, math.nan)
    if metric == "r2":
        return Score(loss, r2(part.y, outputs))
    if part.y.ndim == 1:
        return Score(loss, accuracy(part.y, outputs.argmax(axis=-1)))
    return Score(loss, accuracy((part.y > 0.5).ravel(), (outputs > 0).ravel()))


def make_report(
    stepper: Stepper,
    dataset: Dataset,
    metric: Metric,
    *,
    epochs: int,
    seconds: float,
    samples: int,
    gradient_norms: Mapping[str, float],
    run: str | None = None,
    best_epoch: int | None = None,
    stopped_early: bool = False,
) -> Report:
    """The report of a stepper that was trained on `dataset`.

    Confusion table and residuals are those of the test rows; if none were held out, of the
    validation rows, or else of the training rows.
    """
    target = dataset.encoder.target
    shown = next(p for p in (dataset.test, dataset.validation, dataset.train) if len(p))
    outputs = stepper.predict(shown.x)
    single = isinstance(outputs, np.ndarray)
    classes = target.task == "classification" and single
    train = score(stepper, dataset.train, metric)
    assert train is not None, "a data set has training rows"
    return Report(
        dataset=dataset.name,
        rows=dataset.rows,
        task=target.task,
        metric=metric,
        epochs=epochs,
        train=train,
        validation=score(stepper, dataset.validation, metric),
        test=score(stepper, dataset.test, metric),
        seconds=seconds,
        samples_per_second=samples / max(seconds, 1e-9),
        gradient_norms=gradient_norms,
        run=run,
        best_epoch=best_epoch,
        stopped_early=stopped_early,
        confusion=confusion(shown.y, outputs.argmax(axis=-1), target.classes) if classes else None,
        residuals=None
        if metric == "accuracy" or not single
        else residuals(target.decode(shown.y), target.decode(outputs)),
    )
