"""Series as they are read from a table: values in the order of time, checked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np

from chainrule.domains.series.data.spacing import Spacing
from chainrule.domains.series.options import SeriesOptions
from chainrule.errors import DataError, OptionError
from chainrule.graph import Array
from chainrule.train.data.table import Column, Table, digest

__all__ = ["Series", "SeriesData", "series_of"]


@final
@dataclass(frozen=True, eq=False)
class Series:
    """One series without gaps: the target `(n,)`, inputs `(n, I)` and known columns `(n + f, K)`.

    `times` `(n,)` are those of its rows, if they have any, with their `spacing`; the f last rows of
    what is known are ahead of the target.
    """

    name: str
    target: Array
    inputs: Array
    known: Array
    times: Array | None
    spacing: Spacing

    def __len__(self) -> int:
        return len(self.target)


@final
@dataclass(frozen=True, eq=False)
class SeriesData:
    """The series of a file, the names of their columns, and what was inferred, in words."""

    where: str
    series: tuple[Series, ...]
    target: str
    inputs: tuple[str, ...]
    known: tuple[str, ...]
    time: Column | None
    notes: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        """SHA-256 of names and values."""
        parts: list[bytes | Array] = [repr((self.target, self.inputs, self.known)).encode()]
        for one in self.series:
            parts += [one.name.encode(), one.target, one.inputs, one.known]
            parts += [] if one.times is None else [one.times]
        return digest(parts)


def series_of(
    table: Table, where: str, options: SeriesOptions, *, ahead: bool = False
) -> SeriesData:
    """The series of a table.

    With `ahead`, the last rows of each may lack the target: they say what is known in advance.
    Raises UnknownNameError for columns that do not exist, and DataError for what is no series, with
    the row.
    """
    if options.target is None:
        raise OptionError(
            "target",
            expected="the column to forecast",
            got="none",
            remedy=f"add --target with one of {', '.join(list(table.columns)[:8])}",
        )
    target, notes = table.column(options.target, "target"), list[str]()
    time = _time_column(table, options, notes)
    known = tuple(dict.fromkeys(options.known))
    inputs = _input_columns(table, options, time)
    columns = [target, *(table.column(name) for name in (*inputs, *known))]
    for column in columns:
        if column.kind not in ("number", "boolean"):
            role = "target" if column is target else "column"
            raise DataError(
                where,
                expected=f"numbers in the {role} {column.name!r}",
                got=f"{_kind(column)} such as {column.examples()}",
                remedy="name a column of numbers",
            )
    found = list[Series]()
    for name, rows in _groups(table, options):
        values = [column.values[rows] for column in columns]
        count = _observed(values[0]) if ahead else len(rows)
        _check_complete(where, columns, values, rows, count, len(inputs))
        times = None if time is None else time.values[rows]
        if times is not None and time is not None:
            _check_times(where, time, times, rows, options)
        cut = [0, *_cuts(where, time, times, rows, options, notes), len(rows)]
        for start, stop in pairwise(cut):
            end = max(start, min(stop, count))
            if end == start:
                continue
            spacing = _spacing(time, times)
            found.append(
                Series(
                    name,
                    values[0][start:end].astype(np.float64),
                    _stacked(values[1 : 1 + len(inputs)], start, end),
                    _stacked(values[1 + len(inputs) :], start, stop),
                    None if times is None else times[start:end],
                    spacing,
                )
            )
    if not found:
        raise DataError(where, expected=f"values of {target.name!r}", got="none")
    return SeriesData(where, tuple(found), target.name, inputs, known, time, tuple(notes))


def _stacked(values: list[Array], start: int, stop: int) -> Array:
    if not values:
        return np.zeros((stop - start, 0))
    return np.stack([one[start:stop] for one in values], axis=1).astype(np.float64)


def _time_column(table: Table, options: SeriesOptions, notes: list[str]) -> Column | None:
    if options.time is None:
        dates = [column for column in table.columns.values() if column.kind == "date"]
        if len(dates) != 1:
            return None
        notes.append(f"The times are those of {dates[0].name!r}, the only column of dates.")
        return dates[0]
    column = table.column(options.time, "time column")
    if column.kind not in ("date", "number"):
        raise DataError(
            table.name,
            expected=f"dates, times or numbers in the time column {column.name!r}",
            got=f"{_kind(column)} such as {column.examples()}",
            remedy="say how they are written, such as --date-format=%d/%m/%Y",
        )
    return column


def _kind(column: Column) -> str:
    return {"category": "text", "date": "dates"}.get(column.kind, f"{column.kind}s")


def _input_columns(table: Table, options: SeriesOptions, time: Column | None) -> tuple[str, ...]:
    others = {options.target, options.series, *options.known, time.name if time else None}
    if options.inputs == ("all",) and "all" not in table.columns:
        return tuple(
            name
            for name, column in table.columns.items()
            if name not in others and column.kind in ("number", "boolean")
        )
    return tuple(name for name in options.inputs if name not in others)


def _groups(table: Table, options: SeriesOptions) -> list[tuple[str, Array]]:
    """The name and the rows of each series, in the order in which they begin."""
    if options.series is None:
        return [("", np.arange(table.rows))]
    labels = table.column(options.series, "series column").labels()
    rows: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        if label is None:
            raise DataError(
                table.name,
                expected=f"a name in every cell of {options.series!r}",
                got=f"none in row {row + 1}",
                remedy="fill it in, or remove the row",
            )
        rows.setdefault(label, []).append(row)
    return [(name, np.array(found)) for name, found in rows.items()]


def _observed(target: Array) -> int:
    """The number of rows up to the last one that has a target."""
    present = np.flatnonzero(~np.isnan(target))
    return int(present[-1]) + 1 if len(present) else 0


def _check_complete(
    where: str,
    columns: list[Column],
    values: list[Array],
    rows: Array,
    count: int,
    inputs: int,
) -> None:
    """Raise DataError where a value is missing; only known columns have any beyond `count`."""
    for position, (column, one) in enumerate(zip(columns, values, strict=True)):
        missing = np.isnan(one if position > inputs else one[:count])
        if missing.any():
            row = int(rows[int(np.argmax(missing))]) + 1
            raise DataError(
                where,
                expected=f"a number in every row of {column.name!r}",
                got=f"missing values in {int(missing.sum())}, the first in row {row}",
                remedy="fill them in, such as with the value before, or remove the rows",
            )


def _check_times(
    where: str, time: Column, times: Array, rows: Array, options: SeriesOptions
) -> None:
    missing = np.isnan(times)
    if missing.any():
        row = int(rows[int(np.argmax(missing))]) + 1
        raise DataError(
            where, expected=f"a time in every row of {time.name!r}", got=f"none in row {row}"
        )
    steps = np.diff(times)
    if (steps > 0).all():
        return
    at = int(np.argmax(steps <= 0)) + 1
    row, text = int(rows[at]) + 1, time.text_of(float(times[at]))
    if steps[at - 1] == 0:
        several = "the file by --series COLUMN, if it has several series" * (options.series is None)
        raise DataError(
            where,
            expected=f"each time in {time.name!r} once",
            got=f"{text} again in row {row}",
            remedy=f"divide {several}, or remove the row" if several else "remove the row",
        )
    before = time.text_of(float(times[at - 1]))
    raise DataError(
        where,
        expected=f"times in ascending order in {time.name!r}",
        got=f"{text} in row {row}, after {before}",
        remedy="reverse the rows, which begin with the newest"
        if (steps < 0).all()
        else f"sort the rows by {time.name!r}, or name the column of several series as --series",
    )


def _spacing(time: Column | None, times: Array | None) -> Spacing:
    if time is None or times is None:
        return Spacing(1.0)
    return Spacing.of(times, dates=time.kind == "date")


def _cuts(
    where: str,
    time: Column | None,
    times: Array | None,
    rows: Array,
    options: SeriesOptions,
    notes: list[str],
) -> list[int]:
    """Where a series is divided, at gaps; DataError for a gap that is to be refused."""
    if time is None or times is None or options.gaps == "ignore":
        return []
    gaps = _spacing(time, times).gaps(times).tolist()
    if not gaps or options.gaps == "split":
        if gaps:
            notes.append(f"The series is divided at {_gaps(len(gaps))} in {time.name!r}.")
        return gaps
    at = gaps[0]
    more = f" ({len(gaps)} gaps in all)" if len(gaps) > 1 else ""
    raise DataError(
        where,
        expected=f"evenly spaced times in {time.name!r}",
        got=f"{time.text_of(float(times[at]))} in row {int(rows[at]) + 1}, "
        f"after {time.text_of(float(times[at - 1]))}{more}",
        remedy="add --gaps split to divide the series there, or --gaps ignore to go on as if "
        "there were none",
    )


def _gaps(count: int) -> str:
    return "one gap" if count == 1 else f"{count} gaps"
