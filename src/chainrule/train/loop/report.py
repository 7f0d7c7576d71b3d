"""What training came to: figures of every part of the data, and what lies behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.loop.metrics import Confusion, Residuals, accuracy, confusion, r2, residuals
from chainrule.train.steps.stepper import Stepper

__all__ = ["Metric", "Report", "Score", "report", "score"]

Metric = Literal["accuracy", "r2"]


@final
@dataclass(frozen=True)
class Score:
    """Loss and metric of one part."""

    loss: float
    metric: float


@final
@dataclass(frozen=True)
class Report:
    """The figures of a finished training; `confusion` or `residuals` are of the held-out rows.

    The `metric` is accuracy for classes and for binary cross-entropy, R² for other numbers.  With
    early stopping the figures are of `best_epoch`; `stopped_early` says whether it came to that.
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
        """The form for programs; a stable contract."""
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
    """Loss and metric of one part with the parameters as they are; None where it has no rows.

    Labels are compared with the largest of the outputs, answers of 0 and 1 with their signs.
    """
    if not len(part):
        return None
    loss, outputs = stepper.loss(part.x, part.y), stepper.predict(part.x)
    if metric == "r2":
        return Score(loss, r2(part.y, outputs))
    if part.y.ndim == 1:
        return Score(loss, accuracy(part.y, outputs.argmax(axis=-1)))
    return Score(loss, accuracy((part.y > 0.5).ravel(), (outputs > 0).ravel()))


def report(
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

    The table or summary is of the test rows, or where none were held out of the validation rows, or
    of the training rows.
    """
    target = dataset.encoder.target
    shown = next(p for p in (dataset.test, dataset.validation, dataset.train) if len(p))
    outputs = stepper.predict(shown.x)
    classes = target.task == "classification"
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
        if metric == "accuracy"
        else residuals(target.decode(shown.y), target.decode(outputs)),
    )
