"""A model for a data frame, and the frame as a data set."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Spec
from chainrule.nn import Layer
from chainrule.nn.prediction import trace_prediction
from chainrule.ops.losses import LOSSES
from chainrule.train.data.dataset import Dataset
from chainrule.train.data.frames.frame_dataset import frame_dataset, in_dtype
from chainrule.train.data.frames.trained_table import TrainedTable
from chainrule.train.loop.fitting.checked_arguments import checked_model, no_validation
from chainrule.train.loop.fitting.fit_options import FitOptions
from chainrule.train.loop.session import loss_function
from chainrule.train.options import RunOptions

__all__ = ["model_and_data"]

BINARY = "binary_cross_entropy"


def model_and_data(
    model: Any, data: Any, options: FitOptions
) -> tuple[Layer, Dataset, TrainedTable]:
    """The model, made for the data frame unless it exists, the data set, and how it is encoded."""
    if options.validation is not None:
        raise no_validation(data)
    loss = None if options.loss is None else loss_function(options.loss, None)
    if loss is LOSSES[BINARY]:
        raise OptionError(
            "loss",
            expected="cross_entropy for the classes of a data frame",
            got=BINARY,
            remedy="leave the loss out",
        )
    if loss is not None and options.task is None:
        classes = loss is LOSSES["cross_entropy"]
        options = replace(options, task="classification" if classes else "regression")
    if model is None:
        usual = RunOptions(seed=options.seed)
        dataset, table = frame_dataset(data, options, np.dtype(usual.dtype))
        return usual.model(dataset.inputs, dataset.outputs), dataset, table
    if callable(model) and not isinstance(model, (Layer, type)):
        dataset, table = frame_dataset(data, options)
        made = checked_model(model(dataset.inputs, dataset.outputs))
        dataset = in_dtype(dataset, made.dtype)
    else:
        made = checked_model(model)
        dataset, table = frame_dataset(data, options, made.dtype)
    _check_width(made, dataset)
    return made, dataset, table


def _check_width(model: Layer, dataset: Dataset) -> None:
    """Raise ShapeError, in terms of the table, for a model that does not take its inputs."""
    inputs, outputs = dataset.inputs, dataset.outputs
    try:
        trace_prediction(model, Spec((1, inputs), model.input_dtype))
    except ShapeError as error:
        columns = len(dataset.encoder.columns)
        raise ShapeError(
            "fit",
            expected=f"a model of {inputs} inputs, as which the {columns} columns of the data frame"
            " are encoded",
            got=f"one that does not take them ({error.where}: expected {error.expected}, got"
            f" {error.got})",
            remedy=f"write cr.nn.mlp({inputs}, (128, 64), {outputs}), or in place of the model None"
            " or a function: lambda inputs, outputs: cr.nn.mlp(inputs, (128, 64), outputs)",
        ) from None
