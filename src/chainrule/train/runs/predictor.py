"""Predictions of a trained run for the rows of a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np

from chainrule.errors import DataError
from chainrule.formula.numbers import significant
from chainrule.graph import Array
from chainrule.nn import Sequential
from chainrule.nn.prediction import in_chunks
from chainrule.ops import softmax
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.preparation.known_kinds import with_known_kinds
from chainrule.train.data.reading.reading_options import Reading, listed
from chainrule.train.data.reading.sources import read
from chainrule.train.data.reading.verbatim import verbatim_texts
from chainrule.train.data.table import Table
from chainrule.train.options import RunOptions
from chainrule.train.runs.members import averaged, member_folders
from chainrule.train.runs.run_config import read_checkpoint, read_config
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.tables.scored_predictions import Score, score_of
from chainrule.train.runs.tables.table_domain import TABLES, reading_of

__all__ = ["Predictions", "Predictor"]

MOST_LISTED = 6
"""The most rows that an error lists."""


@final
@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions for the rows of a file: class names with probabilities, or numbers.

    `unseen` lists, by column, the categories that no training row had, and `unseen_rows` counts the
    rows they stand in; of the columns that are `embedded`, also those that a single one had.
    `ignored` are the columns that the training data did not have, `ids` the texts of the columns
    that were to be carried through.  `score` compares predictions with the answers in the file;
    `unscored` says why there is none although the file has such a column.
    """

    values: list[Any]
    probabilities: Array | None
    classes: tuple[str, ...]
    unseen: dict[str, tuple[str, ...]]
    unseen_rows: dict[str, int]
    ignored: tuple[str, ...]
    embedded: frozenset[str] = frozenset()
    ids: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    score: Score | None = None
    unscored: str = ""


@final
class Predictor:
    """The network of a run, or its ensemble, with the encoder.

    Raises RunError where the run cannot be read, or networks of the ensemble are missing.
    """

    def __init__(self, path: Path) -> None:
        folder = RunFolder.read(path)
        self.options, self.encoder, _ = read_config(folder, TABLES)
        self.reading = with_known_kinds(reading_of(folder.config), self.encoder)
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

    def predict(
        self,
        file: Path,
        memory: int | None = None,
        *,
        ids: Collection[str] = (),
        reading: Reading | None = None,
    ) -> Predictions:
        """Predictions for the rows of a file, which may take `memory` bytes.

        Columns are found by their names, in whatever order they are; the texts of those in `ids`
        are carried through.  Where the file has answers, the predictions are scored.  It is read as
        the training data were, or as `reading` says.  Raises DataError if the file cannot be read
        or lacks a column, and for rows whose outputs are not finite, and UnknownNameError for an id
        column that it does not have.
        """
        encoder, target = self.encoder, self.encoder.target
        names = {column.name for column in encoder.columns}
        reading = with_known_kinds(reading or self.reading, encoder)
        if target.task == "regression":
            reading = dataclasses.replace(reading, numeric=(*reading.numeric, target.name))
        table = read(
            file,
            text=encoder.text,
            wanted={*names, target.name},
            memory=memory,
            labels=target.name if target.task == "classification" else None,
            # nothing can be wrong with answers, which are not needed
            reading=dataclasses.replace(reading, drop=(*reading.drop, target.name)),
        )
        carried = verbatim_texts(file, list(ids), reading, memory)
        encoded = encoder.encode(table)
        with np.errstate(all="ignore"):  # what is not finite is refused below
            outputs = self.outputs(encoded)
            numbers = target.decode(outputs) if target.task == "regression" else outputs
        self._check_finite(table, encoded, numbers)
        left_out = {*listed(self.options.drop, encoder.unknown(table), None)}
        left_out |= {*self.reading.ignored, *carried}
        ignored = tuple(n for n in encoder.unknown(table) if n not in left_out)
        score, unscored = self._score(table, outputs)
        noticed = encoder.unseen(table), encoder.unseen_rows(table), ignored, encoder.embedded
        known = carried, score, unscored
        if target.task == "regression":
            return Predictions(numbers[:, 0].tolist(), None, (), *noticed, *known)
        probabilities = softmax(outputs.astype(np.float64)).value
        labels = [target.classes[i] for i in probabilities.argmax(axis=-1)]
        return Predictions(labels, probabilities, target.classes, *noticed, *known)

    def _score(self, table: Table, outputs: Array) -> tuple[Score | None, str]:
        """The score by the table's answers, if it has any, or why there is none."""
        target = self.encoder.target
        answers = table.columns.get(target.name)
        if answers is None:
            return None, ""
        if target.task == "regression" and answers.kind not in ("number", "boolean"):
            return None, f"its {answers.kind} values, such as {answers.examples()}, are no numbers"
        found = score_of(outputs, answers, target)
        return found, "" if found else "it is empty in every row"

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
        distances = np.abs(encoded[rows[0]])
        distances[list(self.encoder.tables)] = 0.0  # codes
        largest = int(np.argmax(distances))
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
    model = TABLES.network(options, encoder, dtype)
    model.load(read_checkpoint(folder).model)
    return model
