"""The columns that say how rows are divided: the groups they are in, or their times."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, final

import numpy as np

from chainrule.errors import DataError, OptionError
from chainrule.graph import Array
from chainrule.train.data.division.division import Division
from chainrule.train.data.table import Column, Table

__all__ = ["DividingColumns", "DivisionOptions", "divided", "dividing_columns"]

MOST_LEVELS = 2000
"""The most different texts among which the one that is no time is looked for."""


class DivisionOptions(Protocol):
    """What is asked for about rows that are held out."""

    @property
    def test(self) -> str | None: ...
    @property
    def folds(self) -> int | None: ...
    @property
    def group(self) -> str | None: ...
    @property
    def time(self) -> str | None: ...
    @property
    def time_input(self) -> bool: ...
    @property
    def test_fraction(self) -> float: ...
    def validation_share(self, rows: int) -> float: ...
    @property
    def seed(self) -> int: ...


@final
@dataclass(frozen=True)
class DividingColumns:
    """The division of a table's rows, and why columns that decide it are no inputs, by name."""

    division: Division
    left_out: Mapping[str, str]


def dividing_columns(table: Table, target: str, options: DivisionOptions) -> DividingColumns:
    """How the rows with an answer are divided, by columns of `table` where options name one.

    Raises UnknownNameError for a column that does not exist, and DataError, naming the row, for a
    group or a time that is missing or cannot be read.
    """
    answered = ~table.columns[target].missing
    left_out: dict[str, str] = {}
    groups = times = None
    if options.group is not None:
        column = _column(table, options.group, "group", target)
        _check_present(table, column, answered, "group")
        groups = _codes(column)[answered]
        left_out[column.name] = "its groups divide the rows"
    if options.time is not None:
        column = _column(table, options.time, "time", target)
        times = _times(table, column, answered)[answered]
        if not options.time_input:
            left_out[column.name] = "it puts the rows in order; --time-input makes it an input too"
    rows = int(answered.sum())
    tested = 0.0 if options.test is not None else options.test_fraction
    left = rows if options.folds else rows - math.ceil(tested * rows)
    division = Division(
        test_fraction=tested,
        validation_fraction=options.validation_share(left),
        seed=options.seed,
        folds=options.folds,
        groups=groups,
        times=times,
        by=options.group or options.time or "",
        name=table.name,
    )
    return DividingColumns(division, left_out)


def divided(division: Division, rows: Mapping[str, Array], moments: Column | None) -> str:
    """How the `rows` of each part were chosen, in words; nothing where it was by chance.

    `moments` are the times of all rows, as a column.
    """
    if division.groups is not None:
        counts = [
            f"{len(np.unique(division.groups[found])):,} for {part}"
            for part, found in rows.items()
            if len(found)
        ]
        folds = f"; {division.folds} folds" if division.folds else ""
        return f"rows of one `{division.by}` stay together: {', '.join(counts)}{folds}"
    if division.times is None or moments is None:
        return ""
    since = [
        f"{part} from {moments.text_of(float(division.times[found].min()))} on"
        for part, found in rows.items()
        if len(found) and part != "training"
    ]
    folds = [f"{division.folds} folds, each trained on what is earlier"] if division.folds else []
    return f"held out by `{moments.name}`: {', '.join([*since, *folds])}" if since or folds else ""


def _column(table: Table, name: str, role: str, target: str) -> Column:
    column = table.column(name, f"{role} column")
    if column.name == target:
        raise OptionError(
            role,
            expected="another column than the one that is predicted",
            got=repr(name),
            remedy=f"name the column that says the {role} of each row",
        )
    return column


def _codes(column: Column) -> Array:
    return np.unique(column.values, return_inverse=True)[1]


def _check_present(table: Table, column: Column, answered: Array, role: str) -> None:
    missing = np.flatnonzero(column.missing & answered)
    if len(missing):
        raise DataError(
            table.name,
            expected=f"a {role} in every row of column {column.name!r}",
            got=f"none in row {missing[0] + 1} ({len(missing)} such row{'s' * (len(missing) > 1)})",
            remedy="fill it in, or remove these rows",
        )


def _times(table: Table, column: Column, answered: Array) -> Array:
    """The times of all rows as numbers; NaN only where there is no answer."""
    _check_present(table, column, answered, "time")
    form = shlex.quote(f"{column.name}=%d.%m.%Y")
    remedy = f"correct it, or say how dates are written: --date-format {form}"
    if column.kind in ("number", "date"):
        infinite = np.flatnonzero(np.isinf(column.values) & answered)
        if not len(infinite):
            return column.values
        row, got = infinite[0], f"{column.values[infinite[0]]}"
        remedy = "correct it"
    else:
        row = _odd_row(column, answered)
        got = repr(column.labels()[row])
        if not any(re.search(r"\d\D+\d|\d{6}", level) for level in column.levels):  # no dates
            remedy = f"name a column of them{_such_as(table)}"
    raise DataError(
        table.name,
        expected=f"dates, times or numbers in column {column.name!r}, to put the rows in order",
        got=f"{got} in row {row + 1}",
        remedy=remedy,
    )


def _such_as(table: Table) -> str:
    dates = [column.name for column in table.columns.values() if column.kind == "date"]
    return f", such as {dates[0]!r}" if dates else ""


def _odd_row(column: Column, answered: Array) -> int:
    """The first row whose text is neither a date nor a number, or unlike that of the first row."""
    import polars as pl

    from chainrule.train.data.reading.cells.date_formats import date_formats
    from chainrule.train.data.reading.cells.number_formats import parse_numbers

    first: tuple[str, ...] | None = None
    seen: set[str] = set()
    for row, label in enumerate(column.labels()):
        if label is None or label in seen or not answered[row]:
            continue
        if len(seen) == MOST_LEVELS:
            break
        seen.add(label)
        cells = pl.Series(column.name, [label])
        forms = tuple(date_formats(cells))
        if not forms and parse_numbers(cells, ".") is not None:
            forms = ("number",)
        if first is None:
            first = forms
        if not forms or not set(forms) & set(first):
            return row
    return int(np.argmax(answered))
