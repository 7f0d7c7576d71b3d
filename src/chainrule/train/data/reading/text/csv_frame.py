"""A frame from CSV text: the names of its columns, its decimal mark, columns that are none."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.train.data.reading.cells.decimal_mark import sniff_decimal
from chainrule.train.data.reading.cells.texts import stripped
from chainrule.train.data.reading.frame import Frame
from chainrule.train.data.reading.index_column import INDEX, is_index, is_unnamed
from chainrule.train.data.reading.problems import Problem, refuse, unreadable
from chainrule.train.data.reading.reading_options import Reading, listed
from chainrule.train.data.reading.text.csv_table import CsvText, read_text
from chainrule.train.data.reading.text.header import distinct_names, looks_like_data

if TYPE_CHECKING:
    import polars as pl

__all__ = ["column_names", "read_csv"]


def read_csv(
    path: Path,
    content: bytes,
    suffix: str,
    reading: Reading,
    text: Collection[str],
    labels: str | None,
) -> Frame:
    """The frame of a CSV file, in which `text` and the column of `labels` stay as written.

    Raises DataError for text that cannot be read, and for a first line that holds data.
    """
    import polars as pl

    found = read_text(path, content, suffix, reading)
    if reading.header and looks_like_data(found.names):
        raise refuse(str(path), [_no_header(found, labels)], reading.stored)
    names = column_names(found)
    kinds = reading.kinds(names)
    kept = {name for name, kind in kinds.items() if kind != "number"} | {*text, labels}
    numbers = [i for i, name in enumerate(names) if name in kept]
    words = {name for name, kind in kinds.items() if kind == "category"} | {*text}
    marks, known = reading.marks, "said"
    if reading.stored and "decimal" not in reading.said:
        known = "inferred"
    try:
        data = found.frame(numbers, marks, every=reading.decimal == ",")
        decimal = reading.decimal
        if decimal is None:
            texts = [
                stripped(series, marks)
                for series, name in zip(data, names, strict=True)
                if series.dtype == pl.String and name not in words
            ]
            points = any(series.dtype == pl.Float64 for series in data)
            decimal, guessed = sniff_decimal(texts, points)
            known = "ambiguous" if guessed and found.delimiter != "," else "inferred"
            if decimal == ",":
                data = found.frame(numbers, marks, every=True)
    except pl.exceptions.PolarsError as error:
        reason = (str(error).splitlines() or ["unknown"])[0]
        reason = reason.replace("as dtype `i128`", "as a whole number of up to 38 digits")
        raise unreadable(path, reason, "write it as plain comma-separated text") from None
    if reading.header and not reading.plain and _recurs(data, names):
        raise refuse(str(path), [_no_header(found, labels)], reading.stored)
    data.columns = names
    if copies := _copies(found, names, labels, reading):
        raise refuse(str(path), copies, reading.stored)
    data, ignored, notes = _without_index(found, data, reading.plain)
    return Frame(data, True, decimal, known, found.encoding, (*found.notes, *notes), ignored)


def column_names(found: CsvText) -> list[str]:
    """A name of its own for each column; where there is none, its number."""
    names = list(found.names)
    if found.rows_named:
        names = ["", *names[:-1]]
    return distinct_names([name or f"column_{i}" for i, name in enumerate(names, 1)])


def _copies(
    found: CsvText, names: list[str], labels: str | None, reading: Reading
) -> list[Problem]:
    """Columns of the same name as the answers, from which these may not be predicted."""
    if reading.stored:  # it was clear once which one is meant
        return []
    dropped = listed(reading.drop, names, None)
    return [
        Problem(f"one column called {labels!r}", f"another as column {i + 1}", ("--drop", name))
        for i, name in enumerate(names)
        if found.names[i] == labels and name != labels and name not in dropped
    ]


def _no_header(found: CsvText, labels: str | None) -> Problem:
    names, fix = list(found.names), ["--no-header"]
    if labels is not None:
        place = names.index(labels) if labels in names else len(names) - 1
        fix += ["--target", f"column_{place + 1}"]
    first = ", ".join(names[:4])
    said = f"numbers ({first})" if all(map(_numeric, names)) else f"data ({first})"
    return Problem("column names in the first line", said, tuple(fix))


def _numeric(name: str) -> bool:
    return looks_like_data([name]) or name.isdecimal()


def _recurs(data: pl.DataFrame, names: list[str]) -> bool:
    """Whether the first line is like those below it: most of its cells recur in their columns."""
    import polars as pl

    if data.height < 10:
        return False
    again = [
        series.dtype == pl.String and bool((series.str.strip_chars() == name).sum() > 1)
        for series, name in zip(data, names, strict=True)
    ]
    alike = sum(again) + sum(name.isdecimal() for name in names)
    return any(again) and alike >= 2 and 2 * alike > len(names)


def _without_index(
    found: CsvText, data: pl.DataFrame, plain: bool
) -> tuple[pl.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """The frame without nameless columns that are empty or count the rows, and notes on them."""
    names, notes, ignored = list(found.names), list[str](), list[str]()
    renamed = [
        f"`{new}`" for new, old in zip(data.columns, names, strict=True) if old and new != old
    ]
    if found.rows_named and data[data.columns[-1]].null_count() == data.height:
        data = data[:, :-1]
        data.columns = distinct_names(names[:-1])
        return data, (), ()
    if renamed and not found.rows_named:
        notes.append(f"repeated names made distinct: {', '.join(renamed[:6])}")
    for i, name in enumerate(data.columns):
        nameless = (found.rows_named and i == 0) or (not found.rows_named and not names[i])
        if nameless and data[name].null_count() == data.height:
            ignored.append(name)
            notes.append(f"column {i + 1} left out: it has neither a name nor values")
        elif i == 0 and (nameless or (is_unnamed(name) and not plain)) and is_index(data[name]):
            ignored.append(name)
            notes.append(INDEX)
        elif nameless:
            notes.append(f"column {i + 1} has no name; it is called `{name}`")
    return data.drop(ignored) if ignored else data, tuple(ignored), tuple(notes)
