"""Reading tables from CSV and Parquet files, with Polars."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import DataError
from chainrule.train.data.reading.memory_limit import check_size, default_limit
from chainrule.train.data.reading.parquet import read_parquet
from chainrule.train.data.reading.strict_csv import strict_csv, unreadable
from chainrule.train.data.reading.text_columns import as_category, infer_text
from chainrule.train.data.table import Column, Table

if TYPE_CHECKING:
    import polars as pl

__all__ = ["MISSING", "SUFFIXES", "read_file"]

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".pq")
"""The endings of files that can be read."""

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-nan", "NULL", "null")
"""The cells of a CSV file that stand for "no value", as pandas reads and writes them."""

MOST_FRACTIONS = 1000
"""More different numbers than this that are not whole are quantities, never labels."""

TEXT = 3
"""How often the content of a file is in memory while it is read."""


def read_file(
    path: Path,
    *,
    text: Collection[str] = (),
    wanted: Collection[str] | None = None,
    memory: int | None = None,
    labels: str | None = None,
) -> Table:
    """Read a CSV file (`.csv`, `.tsv`, `.txt`) or a Parquet file (`.parquet`, `.pq`) as a table.

    A CSV file is UTF-8 with column names in its first line; the separator is whichever of `, ; tab
    |` is most frequent there. The kind of a column is inferred from all rows: numbers; true/false;
    ISO dates, with or without a time, as days since 1970-01-01; everything else is text, hence a
    category, with a note where it may have been meant as numbers. Columns named in `text` stay text
    whatever they look like; with `wanted`, columns of other names are left out; of the column named
    by `labels` it is kept how its values were written. Blank lines are skipped and spaces around
    cells dropped. A cell in `MISSING` is a missing value, and so is NaN in a Parquet file. The
    table may take `memory` bytes, by default half of the machine's.

    Raises `DataError` for a file that cannot be read, is empty or has no rows, for ragged rows,
    missing or repeated column names, and column types that are none of the above.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(
            str(path),
            expected=f"a file that ends in {', '.join(SUFFIXES)}",
            got=repr(path.suffix),
            remedy="convert or rename it",
        )
    text = frozenset(text)  # of what may be 100,000 names
    limit = default_limit() if memory is None else memory
    try:
        content = _content(path, limit)
    except OSError as error:
        raise unreadable(path, error.strerror or str(error), "check the path") from None
    if not content.strip():
        raise unreadable(path, "an empty file", "check that it was written in full")
    parquet = path.suffix.lower() in (".parquet", ".pq")
    if parquet:
        frame = read_parquet(path, content, limit)
        written = _texts_of_values(frame, labels)
    else:
        frame, written = _read_csv(path, content, text, labels)
    if frame.height == 0:
        raise DataError(
            str(path),
            expected="rows of data",
            got=f"column names only ({', '.join(frame.columns[:8])})",
            remedy="check that it was written in full",
        )
    kept = [series for series in frame if wanted is None or series.name in wanted]
    notes: dict[str, str] = {}
    columns = {one.name: _to_column(path, one, text, notes, typed=parquet) for one in kept}
    if labels in columns and written is not None:
        columns[labels] = _with_texts(columns[labels], written)
    left_out = tuple(name for name in frame.columns if name not in columns)
    return Table(path.stem, columns, left_out=left_out, notes=notes)


def _content(path: Path, limit: int) -> bytes:
    """The content of a regular file, or of a link to one; `OSError` for anything else."""
    # non-blocking, so that a named pipe does not keep us waiting
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as file:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(0, "no regular file, such as a pipe or a device")
        check_size(path, TEXT * facts.st_size, limit)
        return file.read()


def _read_csv(
    path: Path, content: bytes, text: Collection[str], labels: str | None
) -> tuple[pl.DataFrame, pl.Series | None]:
    """The table, and the cells of the column named by `labels`, if there is one."""
    import polars as pl

    names, clean = strict_csv(path, content)
    overrides = {name: pl.String for name in names if name in text}
    try:
        frame = pl.read_csv(
            clean.encode(),
            infer_schema_length=None,
            null_values=list(MISSING),
            schema_overrides=overrides,
        )
        if labels is None or labels not in names:
            return frame, None
        cells = pl.read_csv(
            clean.encode(),
            columns=[labels],
            null_values=list(MISSING),
            schema_overrides={labels: pl.String},
        )
        return frame, cells[labels]
    except pl.exceptions.PolarsError as error:
        reason = (str(error).splitlines() or ["unknown"])[0]
        raise unreadable(path, reason, "write it as plain comma-separated text") from None


def _texts_of_values(frame: pl.DataFrame, labels: str | None) -> pl.Series | None:
    """How whole numbers and moments of a Parquet file are written; None for other columns."""
    import polars as pl

    if labels is None or labels not in frame.columns:
        return None
    series = frame[labels]
    if series.dtype == pl.Datetime:
        moments = [None if moment is None else str(moment) for moment in series.to_list()]
        return pl.Series(labels, moments, pl.String)
    written = series.dtype.is_integer() or series.dtype in (pl.Date, pl.String)
    return series.cast(pl.String) if written else None


def _with_texts(column: Column, written: pl.Series) -> Column:
    """The column with labels as its values were written, unless they can only be quantities."""
    if column.kind == "category":
        return column
    whole = column.values == np.floor(column.values)
    if not whole[~column.missing].all() and written.n_unique() > MOST_FRACTIONS:
        return column
    texts = as_category(written)
    return column.as_written(texts.levels, texts.values)


def _to_column(
    path: Path, series: pl.Series, text: Collection[str], notes: dict[str, str], *, typed: bool
) -> Column:
    """A Polars series as a column of the kind that fits its type; DataError if none does.

    Where types are `typed` in the file, digits that are texts stay texts, such as postal codes.
    Nothing here makes an expression of Polars, which for 100,000 columns would take minutes.
    """
    import polars as pl

    name, dtype = series.name, series.dtype
    if dtype == pl.String and series.null_count() < len(series):
        if name in text:
            return as_category(series)
        column, note = infer_text(path, series, numbers=not typed)
        if note:
            notes[name] = note
        return column
    if dtype in (pl.Float64, pl.Float32) or dtype.is_integer():
        return Column(name, "number", series.to_numpy().astype(np.float64))
    if dtype == pl.Boolean or dtype.is_numeric():
        values = series.cast(pl.Float64).to_numpy()  # NaN for what is missing
        return Column(name, "boolean" if dtype == pl.Boolean else "number", values)
    if dtype == pl.Date or dtype == pl.Datetime:
        micros = series.cast(pl.Datetime("us")).cast(pl.Int64).cast(pl.Float64).to_numpy()
        return Column(name, "date", micros / 86_400e6)
    if dtype == pl.Null or dtype == pl.String:
        return Column(name, "number", np.full(len(series), np.nan))
    if dtype == pl.Categorical or dtype == pl.Enum:
        return as_category(series.cast(pl.String))
    raise DataError(
        str(path),
        expected="columns of numbers, booleans, text or dates",
        got=f"{name!r} of type {dtype}",
        remedy=f"convert or remove column {name!r}",
    )
