"""Reading tables from CSV and Parquet files, with Polars."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import DataError
from chainrule.train.data.reading.memory_limit import check_size, default_limit
from chainrule.train.data.reading.parquet import read_parquet
from chainrule.train.data.reading.strict_csv import strict_csv, unreadable
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

_PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_PROGRAMMED = r"^[+-]?(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+(_\d+)+(\.\d+)?)$"

_ISO_DATE = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    category. Columns named in `text` stay text whatever they look like; with `wanted`, columns of
    other names are left out; of the column named by `labels` it is kept how its values were
    written. Blank lines are skipped and spaces around cells dropped. A cell in `MISSING` is a
    missing value, and so is NaN in a Parquet file. The table may take `memory` bytes, by default
    half of the machine's.

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
    columns = {series.name: _to_column(path, series) for series in kept}
    if labels in columns and written is not None:
        columns[labels] = _with_texts(columns[labels], written)
    left_out = tuple(name for name in frame.columns if name not in columns)
    return Table(path.stem, columns, left_out=left_out)


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
    overrides = {name: pl.String for name in text if name in names}
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
        reason = reason.replace("as dtype `i128`", "as a whole number of up to 38 digits")
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
    texts = _to_category(written)
    return column.as_written(texts.levels, texts.values)


def _to_column(path: Path, series: pl.Series) -> Column:
    """A Polars series as a column of the kind that fits its type; DataError if none does."""
    import polars as pl

    if series.dtype in (pl.Int128, pl.UInt128):  # which NumPy has not
        series = series.cast(pl.Float64)
    name, dtype = series.name, series.dtype
    if dtype in (pl.Float64, pl.Float32) or dtype.is_integer():
        # without an expression of Polars, which for 100,000 columns take minutes
        return Column(name, "number", series.to_numpy().astype(np.float64))
    if dtype == pl.Boolean or dtype.is_numeric():
        values = series.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return Column(name, "boolean" if dtype == pl.Boolean else "number", values)
    if dtype == pl.Date or dtype == pl.Datetime:
        micros = series.cast(pl.Datetime("us")).to_physical().cast(pl.Float64)
        return Column(name, "date", micros.fill_null(float("nan")).to_numpy() / 86_400e6)
    if dtype == pl.Null or (dtype == pl.String and series.null_count() == len(series)):
        return Column(name, "number", np.full(len(series), np.nan))
    if dtype == pl.String:
        _check_numbers(path, series)
        days = _days_since_epoch(series)
        return _to_category(series) if days is None else Column(name, "date", days)
    if dtype == pl.Categorical or dtype == pl.Enum:
        return _to_category(series.cast(pl.String))
    raise DataError(
        str(path),
        expected="columns of numbers, booleans, text or dates",
        got=f"{name!r} of type {dtype}",
        remedy=f"convert or remove column {name!r}",
    )


def _check_numbers(path: Path, series: pl.Series) -> None:
    """Raise DataError for a column of numbers, some of which are written as in a program.

    Silently it would become a category.
    """
    written = series.drop_nulls()
    odd = written.filter(written.str.contains(_PROGRAMMED))
    plain = written.filter(written.str.contains(_PLAIN))
    if len(odd) and len(plain) and len(odd) + len(plain) == len(written):
        raise DataError(
            str(path),
            expected=f"numbers in column {series.name!r}, such as {plain[0]}",
            got=f"{odd[0]!r}, as programs write them ({len(odd)} such cells)",
            remedy="write them in decimal digits without underscores",
        )


def _to_category(series: pl.Series) -> Column:
    import polars as pl

    levels = series.drop_nulls().unique().sort()
    codes = series.cast(pl.Enum(levels)).to_physical().cast(pl.Int64).fill_null(-1)
    return Column(series.name, "category", codes.to_numpy(), tuple(levels.to_list()))


def _days_since_epoch(series: pl.Series) -> np.ndarray | None:
    """Days since 1970-01-01 if every text is an ISO date, else None."""
    if not series.drop_nulls().str.contains(_ISO_DATE).all():
        return None
    try:
        return np.array([np.nan if cell is None else _day(cell) for cell in series.to_list()])
    except ValueError:  # such as 30 February
        return None


def _day(cell: str) -> float:
    moment = datetime.fromisoformat(cell)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) / timedelta(days=1)
