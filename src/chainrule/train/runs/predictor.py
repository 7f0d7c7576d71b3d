"""Predictions of a trained run for the rows of a file."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from chainrule.errors import DataError
from chainrule.formula.numbers import significant
from chainrule.graph import Array
from chainrule.nn import Sequential
from chainrule.nn.prediction import in_chunks
from chainrule.ops import softmax
from chainrule.train.data.encoder import Encoder
from chainrule.train.data.reading.reading_options import Reading, listed
from chainrule.train.data.reading.sources import read
from chainrule.train.data.table import Table
from chainrule.train.options import RunOptions
from chainrule.train.runs.members import averaged, member_folders
from chainrule.train.runs.run_config import read_checkpoint, read_config, read_reading
from chainrule.train.runs.run_folder import RunFolder

__all__ = ["Predictions", "Predictor"]

MOST_LISTED = 6
"""The most rows that an error lists."""


@final
@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions for the rows of a file: class names with probabilities, or numbers.

    `unseen` lists, by column, the categories that no training row had, and `unseen_rows` counts the
    rows they stand in.  `ignored` are the columns that the training data did not have.
    """

    values: list[Any]
    probabilities: Array | None
    classes: tuple[str, ...]
    unseen: dict[str, tuple[str, ...]]
    unseen_rows: dict[str, int]
    ignored: tuple[str, ...]


@final
class Predictor:
    """The network of a run, or its ensemble, with the encoder.

    Raises RunError where the run cannot be read, or networks of the ensemble are missing.
    """

    def __init__(self, path: Path) -> None:
        folder = RunFolder.read(path)
        self.options, self.encoder, _ = read_config(folder)
        self.reading = _with_kinds(read_reading(folder), self.encoder)
        folders = member_folders(folder, self.options)
        self.models = [trained_model(each, self.options, self.encoder) for each in folders]
        self.model = self.models[0]

    def outputs(self, x: Array) -> Array:
        """The outputs of the network for encoded rows `(n, D)`: logits or standardised numbers.

        Those of an ensemble are averaged; see `averaged`.
        They are evaluated node by node: for a single file that takes less time than loading the
        engine.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # `predict` refuses the result
            return in_chunks(self._outputs, x)

    def _outputs(self, rows: Array) -> Array:
        return averaged([model(rows).value for model in self.models], self.encoder.target.task)

    def predict(self, file: Path, memory: int | None = None) -> Predictions:
        """Predictions for the rows of a file, which may take `memory` bytes.

        Columns are found by their names, in whatever order they are.  Raises DataError if the file
        cannot be read or lacks a column, and for rows whose outputs are not finite.
        """
        encoder, target = self.encoder, self.encoder.target
        names = {column.name for column in encoder.columns}
        table = read(file, text=encoder.text, wanted=names, memory=memory, reading=self.reading)
        encoded = encoder.encode(table)
        with np.errstate(all="ignore"):  # what is not finite is refused below
            outputs = self.outputs(encoded)
            numbers = target.decode(outputs) if target.task == "regression" else outputs
        self._check_finite(table, encoded, numbers)
        left_out = {*listed(self.options.drop, encoder.unknown(table), None)}
        left_out |= {*self.reading.ignored}
        ignored = tuple(n for n in encoder.unknown(table) if n not in left_out)
        noticed = encoder.unseen(table), encoder.unseen_rows(table), ignored
        if target.task == "regression":
            return Predictions(numbers[:, 0].tolist(), None, (), *noticed)
        probabilities = softmax(outputs.astype(np.float64)).value
        labels = [target.classes[i] for i in probabilities.argmax(axis=-1)]
        return Predictions(labels, probabilities, target.classes, *noticed)

    def _check_finite(self, table: Table, encoded: Array, outputs: Array) -> None:
        """Raise DataError, naming the rows, for outputs `(n, …)` that are not all finite.

        Nor may the inputs leave the range of the network's dtype: a bounded activation would hide
        that they are infinite.
        """
        with np.errstate(over="ignore"):
            inputs = encoded.astype(self.model.dtype)
        fine = np.isfinite(outputs).all(axis=-1) & np.isfinite(inputs).all(axis=-1)
        rows = np.flatnonzero(~fine)
        if not len(rows):
            return
        weights = [one for m in self.models for one in (m.parameters() | m.buffers()).items()]
        broken = [name for name, one in weights if not np.isfinite(one.value).all()]
        largest = int(np.argmax(np.abs(encoded[rows[0]])))
        numbers = np.concatenate([outputs[rows[0]], inputs[rows[0]]])
        value = numbers[~np.isfinite(numbers)][0]
        away = significant(float(np.abs(encoded[rows[0], largest])), 3)
        raise DataError(
            table.name,
            expected=f"rows whose numbers and outputs are finite in {self.model.dtype}",
            got=f"{value} for row{'s' * (len(rows) > 1)} {_listed(rows + 1)}",
            remedy=f"train again: {broken[0]} of this run is not finite"
            if broken
            else f"correct these rows: {self.encoder.features[largest]!r} of row {rows[0] + 1} is"
            f" {away} standard deviations from the training rows",
        )


def _with_kinds(reading: Reading, encoder: Encoder) -> Reading:
    """The reading in which every column has the kind that it is encoded as."""
    if reading.plain:
        return reading
    names: dict[str, list[str]] = {"category": [], "number": [], "date": [], "boolean": []}
    for column in encoder.columns:
        names[column.kind].append(column.name)
    return dataclasses.replace(
        reading,
        categorical=tuple(names["category"]),
        numeric=tuple(names["number"]),
        date=tuple(names["date"]),
    )


def _listed(rows: Array) -> str:
    """Row numbers, at most the first six.

    >>> _listed(np.arange(1, 10)), _listed(np.array([4]))
    ('1, 2, 3, 4, 5, 6 and 3 more', '4')
    """
    more = f" and {len(rows) - MOST_LISTED} more" if len(rows) > MOST_LISTED else ""
    return ", ".join(str(row) for row in rows[:MOST_LISTED].tolist()) + more


def trained_model(
    folder: RunFolder, options: RunOptions, encoder: Encoder, dtype: Any = None
) -> Sequential:
    """The network of a run with the parameters of its checkpoint, in the run's dtype or another."""
    values = read_checkpoint(folder).model
    model = options.model(len(encoder.features), encoder.target.outputs, dtype)
    model.load(values)
    return model
