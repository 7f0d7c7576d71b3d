"""How good a network for classes is, as scores beside simple models and as figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.data.class_weights import compute_class_weights
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.evaluation import Evaluation, evaluate
from chainrule.train.evaluation.calibration import calibration
from chainrule.train.evaluation.class_scores import log_softmax
from chainrule.train.evaluation.evaluation import shown_part
from chainrule.train.figures.gradients_by_epoch import gradient_flow
from chainrule.train.figures.gradients_by_layer import gradient_norms
from chainrule.train.figures.loss import loss_curve
from chainrule.train.figures.reliability import reliability_diagram
from chainrule.train.options.stored_options import StoredOptions
from chainrule.train.runs.domain import CurrentRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["class_figures", "evaluate_classes"]


def evaluate_classes(
    dataset: Dataset,
    options: StoredOptions,
    predict: Callable[[Any], Any],
    linear_inputs: Callable[[Any], Array],
) -> Evaluation:
    """The evaluation on held-out samples, by logits from `predict`.

    `linear_inputs` makes of the inputs of the network those `(n, D)` of the linear model.
    """
    parts = {
        name: Part(linear_inputs(part.x), part.y)
        for name in ("train", "validation", "test")
        if (part := getattr(dataset, name)) is not None
    }
    flat = dataclasses.replace(dataset, **parts)
    weights = options.class_weights
    if weights is not None:
        classes = dataset.encoder.target.classes
        weights = compute_class_weights(weights, dataset.train.y, classes)
    outputs = predict(shown_part(dataset)[1].x)
    return evaluate(flat, lambda _: outputs, class_weights=weights, seed=options.seed)


def class_figures(
    run: CurrentRun, predict: Callable[[Any], Any], sample: str
) -> Iterator[tuple[str, Figure]]:
    """The figures of a run of one epoch or more, each with the name of its file.

    `sample` is what the data are called one by one, such as "image".
    """
    yield "loss", loss_curve(run.history, unit=f"mean cross-entropy per {sample}")
    if run.history[-1].gradient_norms:
        yield "gradients", gradient_norms(run.history[-1].gradient_norms)
        yield "gradient-flow", gradient_flow(run.history)
    part, held_out = shown_part(run.material.dataset)
    probabilities = np.exp(log_softmax(predict(held_out.x)))
    yield "reliability", reliability_diagram(calibration(held_out.y, probabilities), part=part)
