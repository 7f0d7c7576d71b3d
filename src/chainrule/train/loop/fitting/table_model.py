"""A model for a data frame, and the frame as a data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Spec
from chainrule.nn import EmbedColumns, Layer, Sequential
from chainrule.nn.model_summary import leaves
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
    model: Any, data: Any, options: FitOptions, fold: int | None = None
) -> tuple[Layer, Dataset, TrainedTable]:
    """The model, made for the data frame unless it exists, the data set, and how it is encoded.

    The test rows are those of a `fold`, from 0, where one is given.
    """
    if options.validation is not None:
        raise no_validation(data)
    _check_division(options)
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
        dataset, table = frame_dataset(data, options, np.dtype(usual.dtype), fold)
        usual, _ = usual.choose(len(dataset.train), validated=len(dataset.validation) > 0)
        tables = dataset.encoder.tables
        return usual.model(dataset.inputs, dataset.outputs, tables=tables), dataset, table
    if callable(model) and not isinstance(model, (Layer, type)):
        dataset, table = frame_dataset(data, options, fold=fold)
        made = _made(model, dataset, options.seed)
        dataset = in_dtype(dataset, made.dtype)
    else:
        made = checked_model(model)
        dataset, table = frame_dataset(data, options, made.dtype, fold)
        _check_embedding(made, dataset)
    _check_width(made, dataset)
    return made, dataset, table


def _check_division(options: FitOptions) -> None:
    """Raise OptionError for groups and times that are no columns of the data frame."""
    for name in ("group", "time"):
        column = getattr(options, name)
        if not (column is None or isinstance(column, str)):
            raise OptionError(
                name,
                expected="the name of a column, since the data are a data frame",
                got=type(column).__name__,
                remedy=f"add it to the frame, and write {name}='…'",
            )


def _made(function: Callable[[int, int], Any], dataset: Dataset, seed: int) -> Layer:
    """The model for the inputs, of which categories of many levels have been embedded before."""
    tables = dataset.encoder.tables
    if not tables:
        return checked_model(function(dataset.inputs, dataset.outputs))
    width = EmbedColumns(dataset.inputs, tables).outputs
    made = checked_model(function(width, dataset.outputs))
    embed = EmbedColumns(dataset.inputs, tables, dtype=made.dtype)
    layers = made.layers if isinstance(made, Sequential) else [made]
    return Sequential(embed, *layers, seed=seed)


def _check_embedding(model: Layer, dataset: Dataset) -> None:
    """Raise OptionError for a model that would take the codes of categories for numbers."""
    columns = sorted(dataset.encoder.embedded)
    if columns and not any(isinstance(layer, EmbedColumns) for _, layer in leaves(model)):
        raise OptionError(
            "fit",
            expected="a model that embeds categories of many levels, here "
            + ", ".join(map(repr, columns)),
            got=f"a {type(model).__name__} without cr.nn.EmbedColumns",
            remedy="write in place of the model None or a function: lambda inputs, outputs:"
            " cr.nn.mlp(inputs, (128, 64), outputs), before which they are embedded",
        )


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
