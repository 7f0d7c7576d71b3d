"""From a frame, wherever it comes from, to a table and what was inferred about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from chainrule.errors import DataError
from chainrule.train.data.reading.cells.decimal_mark import sniff_decimal
from chainrule.train.data.reading.cells.texts import stripped
from chainrule.train.data.reading.columns import infer_columns
from chainrule.train.data.reading.facts import TableFacts
from chainrule.train.data.reading.frame import Frame
from chainrule.train.data.reading.problems import refuse
from chainrule.train.data.reading.reading_options import Reading
from chainrule.train.data.table import Table

__all__ = ["table_of", "with_decimal_mark"]


def table_of(
    frame: Frame,
    name: str,
    reading: Reading,
    *,
    where: str,
    text: Collection[str] = (),
    wanted: Collection[str] | None = None,
    labels: str | None = None,
) -> Table:
    """The table called `name`; errors call it `where`.  See `read_file` for the other arguments.

    Raises `DataError` for a frame without rows, and one for all problems of its cells together.
    """
    names = list(frame.data)
    if frame.rows == 0:
        raise DataError(
            where,
            expected="rows of data",
            got=f"column names only ({', '.join(names[:8])})" if names else "nothing",
            remedy="check that it was written in full",
        )
    found = infer_columns(frame, reading, text=text, wanted=wanted, labels=labels)
    if found.problems:
        raise refuse(where, found.problems, reading.stored)
    left_out = tuple(name for name in names if name not in found.columns)
    facts = TableFacts(
        tuple(found.facts),
        frame.notes,
        dataclasses.replace(
            reading,
            date_format=tuple(found.forms),
            decimal=frame.decimal,
            encoding=_stored_encoding(frame.encoding),
            ignored=frame.ignored,
            stored=True,
        ),
    )
    return Table(name, found.columns, left_out=left_out, facts=facts)


def with_decimal_mark(
    frame: Frame, reading: Reading, text: Collection[str] = (), labels: str | None = None
) -> Frame:
    """A frame of typed columns and texts with the decimal mark of the latter.

    Columns of `text` have none, and numbers in the column of `labels` say nothing about it, as in a
    text file.
    """
    import polars as pl

    if reading.plain or not frame.free:
        return frame
    if reading.decimal is not None:
        known = "inferred" if reading.stored else "said"
        return dataclasses.replace(frame, decimal=reading.decimal, known=known)
    kinds = reading.kinds(frame.data)
    words = {name for name, kind in kinds.items() if kind == "category"} | {*text}
    texts = (
        stripped(series, reading.marks)
        for series in frame.series
        if series.dtype == pl.String and series.name not in words
    )
    points = any(s.dtype == pl.Float64 and s.name != labels for s in frame.series)
    decimal, _ = sniff_decimal(texts, points)
    return dataclasses.replace(frame, decimal=decimal)


def _stored_encoding(name: str | None) -> str | None:
    """The encoding that files to come may have too, without a byte order mark."""
    return None if name is None or name.startswith("utf") else name
