"""The figures of a run folder: which ones a run has, and the data they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule.graph import Array
from chainrule.nn import Layer
from chainrule.nn.model_summary import leaves
from chainrule.ops.tensor import constant
from chainrule.train.data.dataset import Dataset
from chainrule.train.evaluation.calibration import calibration
from chainrule.train.evaluation.class_scores import log_softmax
from chainrule.train.evaluation.evaluation import shown_part
from chainrule.train.figures.activations import activation_histograms
from chainrule.train.figures.boundary import decision_boundary
from chainrule.train.figures.gradients_by_epoch import gradient_flow
from chainrule.train.figures.gradients_by_layer import gradient_norms
from chainrule.train.figures.loss import loss_curve
from chainrule.train.figures.reliability import reliability_diagram
from chainrule.train.loop.history import EpochRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["activations", "run_figures"]

ROWS = 1000
"""The most held-out rows whose activations are drawn."""


def run_figures(
    history: Sequence[EpochRecord],
    dataset: Dataset,
    model: Layer,
    predict: Callable[[Array], Array],
) -> Iterator[tuple[str, Figure]]:
    """The figures of a run of one epoch or more, each with the name of its file.

    `predict` returns the outputs for encoded rows.  The boundary is drawn if the network has two
    inputs, each a column of its own.
    """
    unit = "cross-entropy" if dataset.task == "classification" else "squared error"
    yield "loss", loss_curve(history, unit=f"mean {unit} per row")
    if history[-1].gradient_norms:
        yield "gradients", gradient_norms(history[-1].gradient_norms)
        yield "gradient-flow", gradient_flow(history)
    part, held_out = shown_part(dataset)
    yield "activations", activation_histograms(activations(model, held_out.x[:ROWS]))
    if dataset.task == "classification":
        probabilities = np.exp(log_softmax(predict(held_out.x)))
        found = calibration(held_out.y, probabilities)
        yield "reliability", reliability_diagram(found, part=part)
    encoder = dataset.encoder
    if dataset.inputs == len(encoder.columns) == 2 and not encoder.tables:
        yield "boundary", _boundary(dataset, predict)


def activations(model: Layer, x: Array) -> dict[str, Array]:
    """The outputs of every activation layer, and of the last layer, for rows `x` `(n, D)`.

    >>> from chainrule.nn import mlp
    >>> found = activations(mlp(2, (3,), 1), np.zeros((5, 2)))
    >>> {name: values.shape for name, values in found.items()}
    {'a1, ReLU (layers.1)': (5, 3), 'z2, Linear (layers.2)': (5, 1)}
    """
    scope = model.scope()
    last = model.apply(scope, constant(x.astype(model.dtype)))
    outputs = {"": last, **scope.outputs}
    layers = leaves(model)
    found: dict[str, Array] = {}
    for path, layer in layers:
        if layer.symbol == "a" or layer is layers[-1][1]:
            output = outputs[path]
            found[f"{output.name or 'output'}, {type(layer).__name__} ({path})"] = output.value
    return found


def _boundary(dataset: Dataset, predict: Callable[[Array], Array]) -> Figure:
    """The decision boundary in the units of the table, which the encoder standardised."""
    columns, target = dataset.encoder.columns, dataset.encoder.target
    mean, scale = (np.array([getattr(c, key) for c in columns]) for key in ("mean", "scale"))
    x, y = dataset.train.x * scale + mean, dataset.train.y

    def predict_in_units(rows: Array) -> Array:
        outputs = predict(((rows - mean) / scale).astype(dataset.train.x.dtype))
        return outputs.argmax(axis=-1) if target.classes else target.decode(outputs)[:, 0]

    return decision_boundary(
        predict_in_units,
        x,
        y if target.classes else target.decode(y)[:, 0],
        names=[column.name for column in columns],
        classes=target.classes,
        target=target.name,
    )
