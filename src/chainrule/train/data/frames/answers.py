"""Predictions as the answers stood in the data that were trained on, in a frame of either kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from chainrule.graph import Array
from chainrule.train.data.encoding.target_coder import TargetCoder
from chainrule.train.data.frames.library import Library, library_of, pandas
from chainrule.train.data.frames.polars_frame import PolarsFrame, entries

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Answers"]


@final
@dataclass(frozen=True, eq=False)
class Answers:
    """What the answers are called, and for classes each of them as it stood.

    label    the name of the column, which may be a number in pandas
    texts    the classes as texts
    values   the classes as objects of the library that they came from
    column   the classes as a column of Polars
    dtype    the dtype of the column in pandas, as text; "" if it was none of pandas
    """

    label: Any
    texts: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    column: pl.Series | None = None
    dtype: str = ""

    @classmethod
    def of(cls, frame: PolarsFrame, target: TargetCoder, classes: Array, rows: Array) -> Answers:
        """The answers of a frame: `classes` `(n,)` in the rows `(n,)` that have one."""
        label = frame.labels[target.name]
        if target.task == "regression":
            return cls(label)
        codes, first = np.unique(classes, return_index=True)
        places = np.zeros(len(target.classes), np.int64)
        places[codes] = rows[first]
        original = frame.originals[target.name]
        return cls(
            label,
            target.classes,
            tuple(entries(original, places.tolist())),
            frame.data[target.name][places.tolist()],
            str(original.dtype) if hasattr(original, "iloc") else "",
        )

    @classmethod
    def of_texts(cls, target: TargetCoder) -> Answers:
        """The answers of a run, which keeps its classes as texts: numbers where all are numbers."""
        import polars as pl

        texts = target.classes
        values: list[Any] = list(texts)
        if texts and all(map(_plain_number, texts)):
            whole = all(map(_plain_whole, texts))
            values = [int(text) if whole else float(text) for text in texts]
        elif set(texts) == {"false", "true"}:
            values = [text == "true" for text in texts]
        return cls(target.name, texts, tuple(values), pl.Series(target.name, values))

    def numbers(self, frame: Any, numbers: Array) -> Any:
        """A frame of the library of `frame`, with its index, of numbers `(n, 1)`."""
        return _frame(frame, {self._named(frame): numbers[:, 0]})

    def classes(self, frame: Any, codes: Array) -> Any:
        """The same of the classes with these numbers `(n,)`."""
        import polars as pl

        label = self._named(frame)
        if library_of(frame) == "polars":
            return pl.DataFrame({label: self._column().gather(codes)})
        values: Sequence[Any] = [self.values[code] for code in codes.tolist()]
        if self.dtype == "category":
            values = pandas().Categorical.from_codes(codes, categories=list(self.values))
            return _frame(frame, {label: values})
        found = _frame(frame, {label: values})
        return found.astype(self.dtype) if self.dtype else found

    def probabilities(self, frame: Any, shares: Array) -> Any:
        """The same of the probabilities `(n, K)`, a column for each class."""
        return _frame(frame, dict(zip(self.texts, shares.T, strict=True)))

    def _column(self) -> pl.Series:
        assert self.column is not None, "only classes have columns"
        return self.column

    def _named(self, frame: Any) -> Any:
        return str(self.label) if library_of(frame) == "polars" else self.label


_plain_whole = re.compile(r"0|-?[1-9][0-9]{0,17}").fullmatch


def _plain_number(text: str) -> bool:
    """Whether a class is a number as its column writes it, unlike 007 and 1e5."""
    if _plain_whole(text):
        return True
    return re.fullmatch(r"-?[0-9]+\.[0-9]+", text) is not None and repr(float(text)) == text


def _frame(like: Any, columns: dict[Any, Any]) -> Any:
    library: Library | None = library_of(like)
    if library == "polars":
        import polars as pl

        return pl.DataFrame({name: np.ascontiguousarray(x) for name, x in columns.items()})
    return pandas().DataFrame(columns, index=like.index)
