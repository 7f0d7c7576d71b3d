"""From a data frame to a data set, by the way that files go, and what a model keeps of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from chainrule.errors import DataError, OptionError
from chainrule.graph import Array
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.data.division.held_out_file import held_out_rows
from chainrule.train.data.frames.answers import Answers
from chainrule.train.data.frames.library import is_table, library_of
from chainrule.train.data.frames.polars_frame import (
    NAME,
    PolarsFrame,
    entries,
    polars_frame,
    with_answers,
)
from chainrule.train.data.frames.python_words import as_keywords, in_python_words
from chainrule.train.data.frames.read_frame import read_frame
from chainrule.train.data.frames.trained_table import TrainedTable
from chainrule.train.data.labels import label_array
from chainrule.train.data.load_dataset import Preparation, prepare
from chainrule.train.data.preparation.inference import Inference
from chainrule.train.data.preparation.known_kinds import with_known_kinds
from chainrule.train.data.reading.reading_options import Reading
from chainrule.train.data.table import Table

__all__ = ["frame_dataset", "in_dtype"]


def frame_dataset(
    data: Any, options: Preparation, dtype: Any = np.float64, fold: int | None = None
) -> tuple[Dataset, TrainedTable]:
    """The data set of a frame, or of a frame and its answers, and how to predict others like it.

    The test rows are those of a `fold`, from 0, or of the frame `options.test` where it is given.

    Inference, encoding and splits are those of a file with the same columns.  Raises as
    `load_dataset.load` does, with keywords as remedies.
    """
    with in_python_words():
        frame, target = _frame_and_target(data, options.target)
        table = read_frame(frame, Reading.of(options), labels=target)
        held_out, options = options.test, _without_test(options)
        named = dataclasses.replace(table, target=target)
        dataset = prepare(named, options, dtype=dtype, fold=fold)
        if held_out is not None:
            dataset = _with_test(dataset, table, held_out, options, dtype)
    found = dataset.inference
    reading = None if found is None else found.reading
    assert found is not None, "a table was read"
    assert reading is not None, "a frame was read"
    coder = dataset.encoder.target
    column = table.columns[coder.name]
    rows = np.flatnonzero(~column.missing)
    original = frame.originals[coder.name]
    if coder.task == "classification" and str(getattr(original, "dtype", "object")) == "object":
        label_array(NAME, entries(original, rows.tolist()))  # 1 and "1" would become one class
    classes = coder.encode(column.take(rows)) if coder.task == "classification" else rows
    trained = TrainedTable.of(dataset.encoder, reading, Answers.of(frame, coder, classes, rows))
    return dataclasses.replace(dataset, inference=_in_python(found)), trained


def _frame_and_target(data: Any, target: str | None) -> tuple[PolarsFrame, str | None]:
    """The frame of some data with the answers in it, and what these are called."""
    if library_of(data) is not None:
        return polars_frame(data), target
    inputs, answers = data
    frame, name = with_answers(polars_frame(inputs), inputs, answers)
    if target not in (None, name):
        raise DataError(
            NAME,
            expected=f"one target, the answers {name!r}",
            got=f"target={target!r} besides",
            remedy="leave one of them out",
        )
    return frame, name


def _without_test(options: Any) -> Any:
    """The options without test rows of their own, which are no file here."""
    return options if options.test is None else dataclasses.replace(options, test=None)


def _with_test(
    dataset: Dataset, trained: Table, held_out: Any, options: Preparation, dtype: Any
) -> Dataset:
    """The data set with the rows of another frame, read and encoded as its own, as test rows."""
    encoder, found = dataset.encoder, dataset.inference
    assert found is not None, "a table was read"
    assert found.reading is not None, "a frame was read"
    if library_of(held_out) is None and not is_table(held_out):
        raise OptionError(
            "test",
            expected="a data frame, as the training rows are, or a pair of one and its answers",
            got=type(held_out).__name__,
            remedy="write fit(model, frame, test=other_frame)",
        )
    frame, _ = _frame_and_target(held_out, None)
    target = encoder.target
    if target.name not in frame.data.columns and isinstance(held_out, (tuple, list)):
        given = frame.data.columns[-1]  # answers that are called otherwise
        frame = dataclasses.replace(frame, data=frame.data.rename({given: target.name}))
    reading = with_known_kinds(found.reading, encoder)
    if target.task == "regression":
        reading = dataclasses.replace(reading, numeric=(*reading.numeric, target.name))
    table = read_frame(frame, reading, text=encoder.text, labels=target.name)
    rows = held_out_rows(
        "test",
        table,
        encoder,
        known={*found.left_out, *found.reading.ignored},
        group=None if options.group is None else trained.columns[options.group],
        drop=options.drop,
        require_target=options.require_target,
    )
    parts = f"{len(dataset.train):,} rows here are trained with"
    if len(dataset.validation):
        parts += f", {len(dataset.validation):,} validate"
    test = in_dtype(dataclasses.replace(dataset, test=Part(rows.x, rows.y)), dtype).test
    return dataclasses.replace(
        dataset,
        test=test,
        inference=dataclasses.replace(
            found, notes=(f"{rows.notes[0]}; {parts}", *rows.notes[1:], *found.notes)
        ),
    )


def in_dtype(dataset: Dataset, dtype: Any) -> Dataset:
    """The data set of float64 in the dtype of a model, as `prepare` would have given it."""

    def cast(array: Array) -> Array:
        if array.dtype.kind != "f" or array.dtype == dtype:
            return array
        with np.errstate(over="ignore"):
            found = array.astype(dtype)
        if not np.isfinite(found).all():
            raise DataError(
                NAME,
                expected=f"numbers that are finite as {np.dtype(dtype)} once standardised",
                got="a value too far from those of the training rows",
                remedy="correct that value, or train in float64",
            )
        return found

    parts = {
        name: Part(cast(part.x), cast(part.y))
        for name in ("train", "validation", "test")
        for part in [getattr(dataset, name)]
    }
    return dataclasses.replace(dataset, **parts)


def _in_python(found: Inference) -> Inference:
    return dataclasses.replace(
        found,
        hints=tuple(map(as_keywords, found.hints)),
        notes=tuple(map(as_keywords, found.notes)),
    )
