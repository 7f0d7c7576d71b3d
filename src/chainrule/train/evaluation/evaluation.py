"""The evaluation of a network on held-out rows, beside a baseline and a linear model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from chainrule.graph import Array
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.evaluation.calibration import Calibration, calibration
from chainrule.train.evaluation.class_scores import ClassScores, class_scores, log_softmax
from chainrule.train.evaluation.comparison import Improvement, improvement
from chainrule.train.evaluation.linear.linear_model import LinearModel, fit_linear_model
from chainrule.train.evaluation.number_scores import NumberScores, number_scores

__all__ = ["Evaluation", "PartName", "evaluate", "shown_part"]

PartName = Literal["test", "validation", "training"]


@final
@dataclass(frozen=True, eq=False)
class Evaluation:
    """The scores of the network and of simpler models on the same rows.

    part          the rows: test rows, without any validation rows, or else the training rows
    scores        of each model: "majority" (or "mean" for numbers), "linear" and "network"
    improvements  of the network over each of the others, by score; None where it is not defined
    majority      the class with the most training rows, which the majority baseline predicts
    positive      of two classes, the one that AUC and F1 are of
    calibration   of the network; None for numbers
    absent        classes without any of these rows
    """

    part: PartName
    rows: int
    training_rows: int
    linear: LinearModel
    scores: Mapping[str, ClassScores | NumberScores]
    improvements: Mapping[str, Mapping[str, Improvement | None]]
    majority: str | None = None
    positive: str | None = None
    calibration: Calibration | None = None
    absent: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The evaluation as entries for JSON; programs rely on their names."""
        bins = {} if self.calibration is None else {"calibration": self.calibration.to_dict()}
        linear = {
            "kind": self.linear.kind,
            "fitted_rows": self.linear.rows,
            "training_rows": self.training_rows,
            "converged": self.linear.converged,
        }
        return {
            "part": self.part,
            "rows": self.rows,
            "scores": {name: dataclasses.asdict(one) for name, one in self.scores.items()},
            "improvements": {
                name: {score: one and one.to_dict() for score, one in found.items()}
                for name, found in self.improvements.items()
            },
            "linear_model": linear,
            **({} if self.majority is None else {"majority_class": self.majority}),
            **({} if self.positive is None else {"positive_class": self.positive}),
            **bins,
        }


def shown_part(dataset: Dataset) -> tuple[PartName, Part]:
    """The rows that a network is judged by: those held out, if there are any."""
    parts: tuple[tuple[PartName, Part], ...] = (
        ("test", dataset.test),
        ("validation", dataset.validation),
        ("training", dataset.train),
    )
    return next((name, part) for name, part in parts if len(part))


def evaluate(
    dataset: Dataset,
    predict: Callable[[Array], Array],
    *,
    class_weights: Array | None = None,
    seed: int = 0,
) -> Evaluation:
    """Evaluate a network on the held-out rows of a data set with inputs `(n, D)`.

    `predict` returns its outputs for rows, logits or standardised numbers.  The baseline and the
    linear model are fitted to the training rows, with the `class_weights` of the training.

    >>> from chainrule.train.data.arrays import from_arrays
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> found = evaluate(from_arrays(x, x[:, 0] ** 2, test_fraction=0.5), lambda x: x**2)
    >>> found.part, found.rows, found.scores["network"].r2
    ('test', 20, 1.0)
    >>> found.improvements["linear"]["r2"].clear
    True
    """
    name, part = shown_part(dataset)
    codes = dataset.encoder.tables  # the columns that the network embeds
    linear = fit_linear_model(dataset, class_weights, seed, codes)
    outputs, by_linear = predict(part.x), linear.outputs(part.x)
    judged: dict[str, Any] = {
        "part": name,
        "rows": len(part),
        "training_rows": len(dataset.train),
        "linear": linear,
    }
    if dataset.task == "classification":
        return _of_classes(dataset, part, judged, outputs, by_linear)
    decode = dataset.encoder.target.decode
    mean = np.broadcast_to(dataset.train.y.mean(axis=0, dtype=np.float64), part.y.shape)
    predicted = {"mean": mean, "linear": by_linear, "network": outputs}
    true = decode(part.y.astype(np.float64))
    numbers = {name: decode(one.astype(np.float64)) for name, one in predicted.items()}
    with np.errstate(all="ignore"):  # what is not finite is no improvement
        errors = {name: (true - one) ** 2 / true.var(axis=0) for name, one in numbers.items()}
        improved = {
            name: {"r2": improvement((errors[name] - errors["network"]).mean(axis=1))}
            for name in ("mean", "linear")
        }
    scores = {name: number_scores(true, one) for name, one in numbers.items()}
    return Evaluation(**judged, scores=scores, improvements=improved)


def _of_classes(
    dataset: Dataset, part: Part, judged: dict[str, Any], outputs: Array, by_linear: Array
) -> Evaluation:
    """`evaluate` by the outputs of the network and of the linear model on the part."""
    classes, y = dataset.encoder.target.classes, part.y
    counts = np.bincount(dataset.train.y, minlength=outputs.shape[1])
    with np.errstate(divide="ignore"):
        prior = np.log(counts / counts.sum())
    logs = {
        "majority": np.broadcast_to(prior, outputs.shape),
        "linear": log_softmax(by_linear),
        "network": log_softmax(outputs),
    }
    rows = np.arange(len(y))
    right = {name: (one.argmax(axis=1) == y).astype(np.float64) for name, one in logs.items()}
    true = {name: one[rows, y] for name, one in logs.items()}
    improved = {
        name: {
            "accuracy": improvement(right["network"] - right[name]),
            "log_loss": improvement(true["network"] - true[name]),
        }
        for name in ("majority", "linear")
    }
    present = np.bincount(y, minlength=len(classes))
    return Evaluation(
        **judged,
        scores={name: class_scores(y, one) for name, one in logs.items()},
        improvements=improved,
        majority=classes[int(counts[: len(classes)].argmax())],
        positive=classes[1] if len(classes) == 2 else None,
        calibration=calibration(y, np.exp(logs["network"])),
        absent=tuple(c for c, count in zip(classes, present, strict=False) if not count),
    )
