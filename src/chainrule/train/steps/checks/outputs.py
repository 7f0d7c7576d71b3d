"""Whether a model has the outputs that the answers ask for, in the words of those who fit it."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ChainruleError, DataError, ShapeError
from chainrule.graph import Array, Spec
from chainrule.nn import Layer
from chainrule.nn.accepted import dtype_in_tree, integer_shape
from chainrule.nn.prediction import CHUNK, trace_prediction
from chainrule.nn.trees import flatten_inputs, is_tree
from chainrule.ops.losses import LOSSES
from chainrule.train.data.dataset import Dataset
from chainrule.train.steps.tracing import Loss

__all__ = ["check_outputs", "classes_of_steps", "output_count"]


def output_count(model: Layer, x: Any) -> int | None:
    """K of a model that returns (n, K) for inputs `(n, …)`; None if it returns anything else."""
    traced = trace_prediction(model, Spec(np.shape(x), model.input_dtype))
    shape = traced.graph.outputs[0].spec.shape
    return shape[1] if traced.rebuild is None and len(shape) == 2 else None


def classes_of_steps(model: Layer, x: Any, y: Any) -> int | None:
    """K > 1 of a model that returns (n, …, K) where answers are whole numbers (n, …); else None.

    The answers are then classes, one in each place, such as for each step of time: labels and
    quantities `(n,)` are something else.
    """
    answers = integer_shape(y)
    if answers is None or len(answers) < 2:
        return None
    leaves, structure = flatten_inputs(x) if is_tree(x) else ([x], None)
    try:
        arrays = [np.asarray(leaf) for leaf in leaves]
        dtypes = [model.input_dtype]
        if structure is not None:
            dtypes = [dtype_in_tree(array.dtype, model.dtype) for array in arrays]
        specs = [Spec(a.shape, dtype) for a, dtype in zip(arrays, dtypes, strict=True)]
        traced = trace_prediction(model, *specs, structure=structure)
    except (ChainruleError, ValueError):  # what is wrong is reported where the data are used
        return None
    shape = traced.graph.outputs[0].spec.shape
    fits = traced.rebuild is None and shape[:-1] == answers and shape[-1] > 1
    return shape[-1] if fits else None


def check_outputs(
    model: Layer, dataset: Dataset, loss: Loss, *, inferred: bool, ignore: float | None = None
) -> None:
    """Raise ShapeError unless one of the usual losses can compare the outputs with the answers.

    `inferred` says that the loss was chosen by the answers; those to `ignore` need no output.  Only
    a model with one tensor of outputs, `(n, k)` or `(n, …, k)` for answers of steps, is checked.
    """
    x, y = dataset.train.x, dataset.train.y
    arrays = isinstance(x, np.ndarray) and isinstance(y, np.ndarray)
    if not arrays or loss not in LOSSES.values() or not model.parameters():
        return
    rows = min(len(x), CHUNK)
    traced = trace_prediction(model, Spec((rows, *x.shape[1:]), model.input_dtype))
    spec = traced.graph.outputs[0].spec
    if traced.rebuild is not None:
        return
    labels = loss is LOSSES["cross_entropy"] and y.dtype.kind in "iu"
    if labels and (y.ndim > 1 or ignore is not None) and spec.shape[1:-1] == y.shape[1:]:
        _check_classes(y if ignore is None else y[y != ignore], spec.shape[-1])
        return
    if not labels and y.ndim > 2 and spec.shape[1:] == y.shape[1:]:
        return
    if len(spec.shape) != 2:
        wanted = "classes" if y.ndim == 1 else str(y.shape[1])
        raise ShapeError(
            "training",
            expected=f"outputs (n, {wanted}), a row for each of the answers {y.shape}",
            got=f"{(len(x), *spec.shape[1:])} from inputs {x.shape}",
            remedy="reshape the inputs to (n, D), or reshape to (n, D) in a layer of the model",
        )
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
                remedy=_remedy(outputs, target.classes),
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


def _check_classes(y: Array, outputs: int) -> None:
    """Raise DataError unless the classes of all steps have an output."""
    if y.size and not 0 <= y.min() <= y.max() < outputs:
        raise DataError(
            "training",
            expected=f"classes from 0 to {outputs - 1} for each step, since the model has "
            f"{outputs} outputs",
            got=f"classes from {y.min()} to {y.max()}",
            remedy="give it more outputs; padding is left out with ignore=",
        )


def _remedy(outputs: int, classes: tuple[str, ...]) -> str:
    remedy = f"give the model {len(classes)} outputs"
    if outputs == 1 and len(classes) == 2:
        numbered = set(classes) <= {"0", "1", "false", "true"}
        first = "" if numbered else "number the classes 0 and 1 and "
        return f'{remedy}, or {first}set loss="binary_cross_entropy"'
    quantities = outputs == 1 or (len(classes) >= 20 and all(map(_is_number, classes)))
    return f'{remedy}, or set loss="mse" if the answers are quantities' if quantities else remedy


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _listed(classes: tuple[str, ...]) -> str:
    return f"{', '.join(classes[:6])}{', …' * (len(classes) > 6)}"
