"""A frame from CSV text: the names of its columns, its decimal mark, columns that are none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.train.data.reading.cells.coded_texts import CodedTexts
from chainrule.train.data.reading.cells.decimal_mark import sniff_decimal
from chainrule.train.data.reading.cells.texts import stripped
from chainrule.train.data.reading.frame import Frame, Typed
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
    del content  # what is not in the file as it is, such as decompressed text, is in `found`
    if reading.header and looks_like_data(found.names):
        raise refuse(str(path), [_no_header(found, labels)], reading.stored)
    names = column_names(found)
    kinds = reading.kinds(names)
    kept = {name for name, kind in kinds.items() if kind != "number"} | {*text}
    words = {name for name, kind in kinds.items() if kind == "category"} | {*text}
    marks, known = reading.marks, "said"
    if reading.stored and "decimal" not in reading.said:
        known = "inferred"
    try:
        if reading.decimal == ",":
            columns = found.columns([], marks, every=True)
        else:
            columns = _columns(found, names, kept, labels, marks)
        decimal = reading.decimal
        if decimal is None:
            texts = (
                stripped(column.distinct() if isinstance(column, CodedTexts) else column, marks)
                for column, name in zip(columns, names, strict=True)
                if not isinstance(column, Typed) and name not in words
            )
            points = any(
                not isinstance(column, CodedTexts) and column.dtype == pl.Float64 and name != labels
                for column, name in zip(columns, names, strict=True)
            )
            decimal, guessed = sniff_decimal(texts, points)
            known = "ambiguous" if guessed and found.delimiter != "," else "inferred"
            if decimal == ",":
                columns = found.columns([], marks, every=True)
    except pl.exceptions.PolarsError as error:
        reason = (str(error).splitlines() or ["unknown"])[0]
        reason = reason.replace("as dtype `i128`", "as a whole number of up to 38 digits")
        raise unreadable(path, reason, "write it as plain comma-separated text") from None
    if reading.header and not reading.plain and _recurs(columns, names, found.body.rows):
        raise refuse(str(path), [_no_header(found, labels)], reading.stored)
    if copies := _copies(found, names, labels, reading):
        raise refuse(str(path), copies, reading.stored)
    ignored, notes = list[str](), list[str]()
    if found.rows_named and _is_empty(columns[-1]):  # a delimiter too many at the end of each line
        columns, names = columns[:-1], distinct_names(found.names[:-1])
    else:
        ignored, notes = _ignored(found, columns, names, reading.plain)
    data = {name: column.rename(name) for name, column in zip(names, columns, strict=True)}
    return Frame(
        {name: column for name, column in data.items() if name not in ignored},
        found.body.rows,
        True,
        decimal,
        known,
        found.encoding,
        (*found.notes, *notes),
        tuple(ignored),
    )


def _columns(
    found: CsvText,
    names: list[str],
    kept: Collection[str],
    labels: str | None,
    marks: Collection[str],
) -> list[pl.Series | CodedTexts | Typed]:
    """The columns, of which those that are `kept` are texts, and that of labels as well."""
    texts = [i for i, name in enumerate(names) if name in kept]
    if labels is None or labels in kept or labels not in names:
        return found.columns(texts, marks)
    place = names.index(labels)
    # Texts would take several times the memory; but a mark 5 is no text 5.0, and a number 5.0.
    if not marks and found.has_quantities(place):
        columns = found.columns(texts, marks)
        answers = columns[place]
        if not (isinstance(answers, Typed) and answers.has_marks):
            return columns
    return found.columns([*texts, place], marks)


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


def _recurs(columns: Sequence[pl.Series | CodedTexts | Typed], names: list[str], rows: int) -> bool:
    """Whether the first line is like those below it: most of its cells recur in their columns."""
    if rows < 10:
        return False
    again = [
        not isinstance(column, Typed) and _has_again(column, name)
        for column, name in zip(columns, names, strict=True)
    ]
    alike = sum(again) + sum(name.isdecimal() for name in names)
    return any(again) and alike >= 2 and 2 * alike > len(names)


def _ignored(
    found: CsvText,
    columns: Sequence[pl.Series | CodedTexts | Typed],
    names: list[str],
    plain: bool,
) -> tuple[list[str], list[str]]:
    """The names of nameless columns that are empty or count the rows, and notes on columns."""
    ignored, notes = list[str](), list[str]()
    old = list(found.names)
    renamed = [f"`{new}`" for new, old in zip(names, old, strict=True) if old and new != old]
    if renamed and not found.rows_named:
        notes.append(f"repeated names made distinct: {', '.join(renamed[:6])}")
    for i, (name, column) in enumerate(zip(names, columns, strict=True)):
        nameless = (found.rows_named and i == 0) or (not found.rows_named and not old[i])
        if nameless and _is_empty(column):
            ignored.append(name)
            notes.append(f"column {i + 1} left out: it has neither a name nor values")
        elif i == 0 and (nameless or (is_unnamed(name) and not plain)) and is_index(column):
            ignored.append(name)
            notes.append(INDEX)
        elif nameless:
            notes.append(f"column {i + 1} has no name; it is called `{name}`")
    return ignored, notes


def _has_again(column: pl.Series | CodedTexts, name: str) -> bool:
    if isinstance(column, CodedTexts):
        return column.recurs(name)
    return bool((column.str.strip_chars() == name).sum() > 1)


def _is_empty(column: pl.Series | CodedTexts | Typed) -> bool:
    return not isinstance(column, Typed) and column.null_count() == len(column)
