"""From a frame to columns of known kinds, with all problems of the file at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from chainrule.train.data.reading.cells.inference import Inferred, infer_plain, infer_text
from chainrule.train.data.reading.cells.labels import texts_of_values, with_texts
from chainrule.train.data.reading.cells.texts import stripped
from chainrule.train.data.reading.cells.typed_columns import texts_of, typed_column
from chainrule.train.data.reading.facts import ColumnFacts
from chainrule.train.data.reading.frame import Frame, Typed
from chainrule.train.data.reading.problems import Problem
from chainrule.train.data.reading.reading_options import GivenKind, Reading, listed
from chainrule.train.data.table import Column

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Columns", "infer_columns"]


@final
@dataclass(frozen=True)
class Columns:
    """The columns by name, facts on each, the problems, and the formats of dates."""

    columns: dict[str, Column] = field(default_factory=dict)
    facts: list[ColumnFacts] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)


def infer_columns(
    frame: Frame,
    reading: Reading,
    *,
    text: Collection[str] = (),
    wanted: Collection[str] | None = None,
    labels: str | None = None,
) -> Columns:
    """The columns of a frame, which it gives up; see `read_file` for what the arguments mean."""
    found = Columns()
    kinds = reading.kinds(frame.data)
    kinds.update(dict.fromkeys(text, "category"))
    harmless = set(listed(reading.drop, frame.data, None))
    for name, series in frame.take_out():
        if wanted is not None and name not in wanted:
            continue
        inferred, written = _infer(series, frame, reading, kinds.get(name), name == labels)
        column, problem = inferred.column, inferred.problem
        if problem is None and column.kind != "category":
            problem = _infinite(column)
        if problem is not None and name not in harmless:
            found.problems.append(problem)
        if name == labels:
            if written is None and not isinstance(series, Typed):
                written = texts_of_values(series)
            column = column if written is None else with_texts(column, written)
        found.columns[name] = column
        found.facts.append(_facts(inferred))
        if inferred.form not in ("", "ISO"):
            found.forms.append(f"{name}={inferred.form}")
    return found


def _infer(
    series: pl.Series | Typed,
    frame: Frame,
    reading: Reading,
    given: GivenKind | None,
    labels: bool,
) -> tuple[Inferred, pl.Series | None]:
    """The column, and its texts where it was one of texts."""
    import polars as pl

    if isinstance(series, Typed):
        return Inferred(_without_marks(series.column, reading.marks)), None
    if series.dtype in (pl.Categorical, pl.Enum):
        series = series.cast(pl.String)
        if frame.free and given is None:  # of a data frame: texts that are said to be categories
            given = "category"
    column = typed_column(series)
    if column is not None and given in (None, column.kind, "number"):
        return Inferred(_without_marks(column, reading.marks)), None
    if column is not None:  # a typed file, and another kind
        series = texts_of(series)
    if series.dtype != pl.String:
        problem = Problem(
            "columns of numbers, booleans, text or dates",
            f"{series.name!r} of type {series.dtype}",
            ("--drop", series.name),
        )
        nothing = Column(series.name, "number", np.full(len(series), np.nan))
        return Inferred(nothing, problem=problem), None
    texts = stripped(series, reading.marks) if frame.free else series
    if reading.plain or (given is None and not frame.free):
        return infer_plain(texts, given, numbers=labels and frame.free), texts
    form = reading.format_of(series.name)
    return infer_text(texts, given, form, frame.decimal, frame.known), texts


def _without_marks(column: Column, marks: Collection[str]) -> Column:
    """The column of a typed file with NaN for marks that are numbers, such as -999 or inf."""
    values = []
    for mark in marks:
        try:
            values.append(float(mark))
        except ValueError:
            continue
    if not values or column.kind != "number":
        return column
    changed = np.where(np.isin(column.values, values), np.nan, column.values)
    return Column(column.name, column.kind, changed)


def _infinite(column: Column) -> Problem | None:
    infinite = np.isinf(column.values)
    if not infinite.any():
        return None
    row = int(np.argmax(infinite))
    signs = sorted({f"{value:g}" for value in column.values[infinite].tolist()})
    return Problem(
        "finite numbers",
        f"{column.values[row]} in column {column.name!r}, row {row + 1} "
        f"({int(infinite.sum())} non-finite in that column)",
        ("--missing=" + ",".join(signs),),
    )


def _facts(inferred: Inferred) -> ColumnFacts:
    column = inferred.column
    marks = dict(inferred.marks or {}) if column.kind != "category" else {}
    missing = int(column.missing.sum())
    return ColumnFacts(column.name, column.kind, inferred.peculiar, missing, marks)
