"""From a data frame to a data set, by the way that files go, and what a model keeps of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.data.frames.answers import Answers
from chainrule.train.data.frames.library import library_of
from chainrule.train.data.frames.polars_frame import NAME, entries, polars_frame, with_answers
from chainrule.train.data.frames.python_words import as_keywords, in_python_words
from chainrule.train.data.frames.read_frame import read_frame
from chainrule.train.data.frames.trained_table import TrainedTable
from chainrule.train.data.labels import label_array
from chainrule.train.data.load_dataset import Preparation, prepare
from chainrule.train.data.preparation.inference import Inference
from chainrule.train.data.reading.reading_options import Reading

__all__ = ["frame_dataset", "in_dtype"]


def frame_dataset(
    data: Any, options: Preparation, dtype: Any = np.float64
) -> tuple[Dataset, TrainedTable]:
    """The data set of a frame, or of a frame and its answers, and how to predict others like it.

    Inference, encoding and splits are those of a file with the same columns.  Raises as
    `load_dataset.load` does, with keywords as remedies.
    """
    with in_python_words():
        target = options.target
        if library_of(data) is not None:
            frame = polars_frame(data)
        else:
            inputs, answers = data
            frame, name = with_answers(polars_frame(inputs), inputs, answers)
            if target not in (None, name):
                raise DataError(
                    NAME,
                    expected=f"one target, the answers {name!r}",
                    got=f"target={target!r} besides",
                    remedy="leave one of them out",
                )
            target = name
        table = read_frame(frame, Reading.of(options), labels=target)
        dataset = prepare(dataclasses.replace(table, target=target), options, dtype=dtype)
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
