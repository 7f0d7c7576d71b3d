"""The report of a finished training: loss and metric on every part of the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import Array
from chainrule.nn.trees import is_tree, single_output
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.loop.folds.cross_validation import CrossValidation
from chainrule.train.loop.metrics import Confusion, Residuals, accuracy, confusion, r2, residuals
from chainrule.train.steps.stepper import Stepper

__all__ = ["Metric", "Report", "Score", "fitting_metric", "make_report", "measure", "score"]

Metric = Literal["accuracy", "r2"]


@final
@dataclass(frozen=True)
class Score:
    """Loss and metric on one part of the data; the metric is None where there is none."""

    loss: float
    metric: float | None


@final
@dataclass(frozen=True)
class Report:
    """The results of a finished training.

    `metric` is accuracy for classes and for binary cross-entropy, R² for other numbers; `confusion`
    or `residuals` are those of held-out rows.  With early stopping, all numbers are those of
    `best_epoch`, and `stopped_early` says whether training ended before its last epoch.

    `metric` is None, and neither the report nor the history has one, where only the loss knows how
    outputs and answers compare: if the model returns several outputs, if the answers are a tree, or
    if their shape is not that of the outputs.  One output in a tree has its metric.

    With folds, `cross_validation` is what they found, and all else is about the network that was
    then trained on all rows.

    Of a data source, `rows` are those of an epoch on average, and `train` is the mean loss of the
    last epoch, each batch at its own step, without a metric.
    """

    dataset: str
    rows: int
    task: str
    metric: Metric | None
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
    cross_validation: CrossValidation | None = None

    def to_dict(self) -> dict[str, Any]:
        """The report as entries for JSON; programs rely on their names."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        metrics = {
            f"{name}_{self.metric}": part.metric if part else None
            for name, part in parts.items()
            if self.metric is not None
        }
        folds = self.cross_validation
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
            **metrics,
            "gradient_norms": dict(self.gradient_norms),
            "seconds": self.seconds,
            "samples_per_second": self.samples_per_second,
            "run": self.run,
            **({} if folds is None else {"cross_validation": folds.to_dict()}),
        }


def fitting_metric(metric: Metric, stepper: Stepper, y: Any, watch: str | None) -> Metric | None:
    """The metric if it can be computed from the model's outputs and answers such as `y`, or None.

    Raises OptionError if there is none and `watch` says that early stopping waits for one.
    """
    shape = stepper.output_shape
    if shape is None or is_tree(y):
        fits = False
    elif metric == "accuracy" and np.ndim(y) == 1:
        fits = len(shape) == 1  # labels, compared with the index of the largest output
    else:
        fits = shape == np.shape(y)[1:] and len(shape) <= 1
    if not fits and watch == "metric":
        raise OptionError(
            "watch",
            expected="one output that is compared with the answers, for a metric",
            got="others, which only the loss can compare",
            remedy="watch the loss",
        )
    return metric if fits else None


def measure(metric: Metric, y: Array, outputs: Array) -> float:
    """The metric of outputs for rows with answers `y`.

    For accuracy, labels are compared with the index of the largest output, and answers of 0 and 1
    with the signs of the outputs.
    """
    if metric == "r2":
        return r2(y, outputs)
    if y.ndim == 1:
        return accuracy(y, outputs.argmax(axis=-1))
    return accuracy((y > 0.5).ravel(), (outputs > 0).ravel())


def score(stepper: Stepper, part: Part, metric: Metric | None) -> Score | None:
    """Loss and metric on one part with the current parameters; None if it has no rows."""
    return _score(stepper, part, metric, stepper.predict(part.x)) if len(part) else None


def _score(stepper: Stepper, part: Part, metric: Metric | None, outputs: Any) -> Score:
    """`score` by the outputs for the rows of the part."""
    loss = stepper.loss_of(outputs, part.y)
    if metric is None:
        return Score(loss, None)
    return Score(loss, measure(metric, part.y, single_output(outputs)))


def make_report(
    stepper: Stepper,
    dataset: Dataset,
    metric: Metric | None,
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
    predicted = stepper.predict(shown.x)
    outputs = None if metric is None else single_output(predicted)
    table = residual = None
    if outputs is not None and target.task == "classification":
        table = confusion(shown.y, outputs.argmax(axis=-1), target.classes)
    if outputs is not None and metric == "r2":
        residual = residuals(target.decode(shown.y), target.decode(outputs))
    train, validation, test = (
        _score(stepper, part, metric, predicted) if part is shown else score(stepper, part, metric)
        for part in (dataset.train, dataset.validation, dataset.test)
    )
    assert train is not None, "a data set has training rows"
    return Report(
        dataset=dataset.name,
        rows=dataset.rows,
        task=target.task,
        metric=metric,
        epochs=epochs,
        train=train,
        validation=validation,
        test=test,
        seconds=seconds,
        samples_per_second=samples / max(seconds, 1e-9),
        gradient_norms=gradient_norms,
        run=run,
        best_epoch=best_epoch,
        stopped_early=stopped_early,
        confusion=table,
        residuals=residual,
    )
