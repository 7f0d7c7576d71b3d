"""What a model keeps of the table it was trained on: how rows become inputs, outputs answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.errors import DataError, OptionError, warn
from chainrule.graph import Array
from chainrule.nn.accepted import in_column_order
from chainrule.ops import softmax
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.frames.answers import Answers
from chainrule.train.data.frames.library import library_of
from chainrule.train.data.frames.polars_frame import NAME, polars_frame
from chainrule.train.data.frames.python_words import in_python_words
from chainrule.train.data.frames.read_frame import read_frame
from chainrule.train.data.preparation.known_kinds import with_known_kinds
from chainrule.train.data.preparation.one_line import one_line
from chainrule.train.data.preparation.unseen_categories import unseen_notes
from chainrule.train.data.reading.reading_options import Reading
from chainrule.train.data.table import Column, Table

__all__ = ["TrainedTable"]

MOST_LISTED = 12


@final
@dataclass(frozen=True, eq=False)
class TrainedTable:
    """The encoder that was fitted, how its columns are read, and how answers are given."""

    encoder: Encoder
    reading: Reading
    answers: Answers

    @classmethod
    def of(cls, encoder: Encoder, reading: Reading, answers: Answers) -> TrainedTable:
        """The table of an encoder, read as the training rows were."""
        return cls(encoder, with_known_kinds(reading, encoder), answers)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that are inputs."""
        return tuple(column.name for column in self.encoder.columns)

    def encode(self, x: Any) -> Array:
        """The rows of a data frame, or of an array of its numbers, as float64 `(n, D)`.

        Columns of a frame are found by name, further ones are ignored; those of an array, `(n, C)`
        or `(C,)`, are in the order of training.  Warns of categories that no training row had.

        Raises `DataError` for what cannot be encoded.
        """
        return self._encoded(x)

    def _encoded(self, x: Any) -> Array:
        with in_python_words():
            if library_of(x) is None:
                return self._array(x)
            frame = polars_frame(x, self.columns)
            if not len(x):
                missing = Table(NAME, {n: Column(n, "number", np.empty(0)) for n in frame.labels})
                return self.encoder.encode(missing)
            table = read_frame(frame, self.reading, text=self.encoder.text)
            encoded = self.encoder.encode(table)
        for note in unseen_notes(self.encoder, table):
            warn(one_line(note))
        return encoded

    def predict(self, infer: Callable[[Any], Any], x: Any, proba: bool) -> Any:
        """What `infer` makes of the encoded rows, in terms of the answers.

        For a frame, a frame of the same library; for an array, numbers in the units of the answers,
        or the outputs for classes.  With `proba`, how probable each class is.
        """
        target = self.encoder.target
        if proba and target.task != "classification":
            raise OptionError(
                "proba",
                expected="a model of classes",
                got=f"one of the numbers of {target.name!r}",
                remedy="leave proba out",
            )
        encoded = self._encoded(x)
        outputs = infer(encoded) if len(encoded) else np.empty((0, target.outputs))
        if target.task == "regression":
            with np.errstate(over="ignore", invalid="ignore"):
                outputs = target.decode(outputs)
        framed = library_of(x) is not None
        if not framed and not proba:
            return outputs
        _check_finite(outputs)
        if target.task == "regression":
            return self.answers.numbers(x, outputs)
        if not proba:
            known = outputs[:, : len(target.classes)]  # a model may have more outputs
            return self.answers.classes(x, known.argmax(axis=-1))
        shares = softmax(outputs.astype(np.float64)).value
        shares = shares[..., : len(target.classes)]
        return self.answers.probabilities(x, shares) if framed else shares

    def _array(self, x: Any) -> Array:
        """An array of numbers, encoded as the columns of a frame are."""
        columns = self.encoder.columns
        words = [c.name for c in columns if c.kind not in ("number", "boolean")]
        if words:
            raise DataError(
                NAME,
                expected=f"a data frame of pandas or Polars with {_listed(self.columns)}, of which"
                f" {words[0]!r} is no number",
                got=type(x).__name__,
                remedy="give one, as in training",
            )
        array = np.asarray(in_column_order(NAME, x, self.columns))  # frames of other libraries
        if array.dtype.kind not in "fiub" or array.shape[-1:] != (len(columns),) or array.ndim > 2:
            raise DataError(
                NAME,
                expected=f"a data frame, or numbers (n, {len(columns)}),"
                f" for {_listed(self.columns)}",
                got=f"{type(x).__name__} of shape {array.shape} and dtype {array.dtype}",
                remedy="give the columns that the model was trained on",
            )
        rows = np.atleast_2d(array).astype(np.float64)
        named = {c.name: Column(c.name, "number", rows[:, i]) for i, c in enumerate(columns)}
        encoded = self.encoder.encode(Table(NAME, named))
        return encoded if array.ndim == 2 else encoded[0]


def _check_finite(outputs: Array) -> None:
    """Raise DataError, naming the first row, for outputs `(n, …)` that are not all finite."""
    wrong = ~np.isfinite(outputs)
    if wrong.any():
        row = int(np.argwhere(wrong)[0][0])
        raise DataError(
            NAME,
            expected="rows whose outputs are finite",
            got=f"{outputs[wrong][0]} for row {row + 1}",
            remedy="correct that row, whose numbers are far from those of the training rows",
        )


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return f"the columns {', '.join(map(repr, names[:MOST_LISTED]))}{more}"
