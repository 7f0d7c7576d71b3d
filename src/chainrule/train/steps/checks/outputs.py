"""Whether a model has the outputs that the answers ask for, in the words of those who fit it."""

from __future__ import annotations

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Spec
from chainrule.nn import Layer
from chainrule.nn.prediction import trace_prediction
from chainrule.ops.losses import LOSSES
from chainrule.train.data.dataset import Dataset
from chainrule.train.steps.tracing import Loss

__all__ = ["check_outputs"]


def check_outputs(model: Layer, dataset: Dataset, loss: Loss, *, inferred: bool) -> None:
    """Raise ShapeError unless one of the usual losses can compare the outputs with the answers.

    `inferred` says that the loss was chosen by the answers.  Only a model with one tensor of
    outputs `(n, k)` is checked.
    """
    x, y = dataset.train.x, dataset.train.y
    arrays = isinstance(x, np.ndarray) and isinstance(y, np.ndarray)
    if not arrays or loss not in LOSSES.values() or not model.parameters():
        return
    traced = trace_prediction(model, Spec((1, *x.shape[1:]), model.input_dtype))
    spec = traced.graph.outputs[0].spec
    if traced.rebuild is not None or len(spec.shape) != 2:
        return
    outputs, target = spec.shape[1], dataset.encoder.target
    got = f"a model with {outputs} output{'s' * (outputs != 1)}, {(len(x), outputs)}"
    if target.task == "classification":
        classes = len(target.classes)
        if outputs < classes:
            raise ShapeError(
                "training",
                expected=f"an output for each of the {classes} classes that the answers "
                f"{'were taken for' if inferred else 'have'} ({_listed(target.classes)})",
                got=got,
                remedy=_remedy(outputs, classes),
            )
    elif y.ndim == 2 and y.shape[1] != outputs:
        whole = inferred and y.shape[1] == 1 and bool((y == np.floor(y)).all())
        kind = f"{len(np.unique(y))} different whole numbers" if whole else "numbers"
        raise ShapeError(
            "training",
            expected=f"{y.shape[1]} output{'s' * (y.shape[1] != 1)}, as many as the answers of a "
            f"row: {kind}{', taken as quantities' * inferred}",
            got=got,
            remedy=f"give the model {y.shape[1]} output{'s' * (y.shape[1] != 1)}"
            + ', or set loss="cross_entropy" for classes' * whole,
        )


def _remedy(outputs: int, classes: int) -> str:
    remedy = f"give the model {classes} outputs"
    if outputs == 1 and classes == 2:
        return f'{remedy}, or set loss="binary_cross_entropy"'
    return f'{remedy}, or set loss="mse" if the answers are quantities' if outputs == 1 else remedy


def _listed(classes: tuple[str, ...]) -> str:
    return f"{', '.join(classes[:6])}{', …' * (len(classes) > 6)}"
