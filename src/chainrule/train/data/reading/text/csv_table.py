"""A table of texts and plain numbers from CSV text, read by Polars."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import Array
from chainrule.train.data.reading.cells.missing_marks import ALWAYS
from chainrule.train.data.reading.content.encoding import to_utf8
from chainrule.train.data.reading.problems import Problem, refuse, unreadable
from chainrule.train.data.reading.reading_options import Reading
from chainrule.train.data.reading.text.delimiter import (
    WHITESPACE,
    named_delimiter,
    sniff_delimiter,
)
from chainrule.train.data.reading.text.header import numbered, split_cells
from chainrule.train.data.reading.text.preamble import split_preamble
from chainrule.train.data.reading.text.records import Records, find_records
from chainrule.train.data.reading.text.strict_csv import strict_csv
from chainrule.train.data.reading.text.whitespace import tabs_for_spaces

if TYPE_CHECKING:
    import polars as pl

__all__ = ["CsvText", "read_text"]

MOST_LISTED = 5
"""The most ragged lines that an error lists."""


@final
@dataclass(frozen=True, eq=False)
class CsvText:
    """Strict CSV text without a header: its body, its delimiter, and what its columns are called.

    Names may be empty or repeated; `rows_named` says whether the first column has none because the
    lines have one cell more than the header.
    """

    body: bytes
    delimiter: str
    names: tuple[str, ...]
    encoding: str
    notes: tuple[str, ...]
    rows_named: bool = False

    def frame(
        self, text: Collection[int], marks: Collection[str], every: bool = False
    ) -> pl.DataFrame:
        """The columns as Polars infers them; as text those with these numbers, or all.

        The `marks` stand for missing values besides the usual ones.

        Columns are called 0, 1, 2 and so on: their own names may be repeated.
        """
        import polars as pl

        width = len(self.names)
        header = self.delimiter.join(map(str, range(width))).encode() + b"\n"
        return pl.read_csv(
            header + self.body,
            separator=self.delimiter,
            infer_schema_length=0 if every else None,  # 0 leaves all as text
            null_values=[*ALWAYS, *marks],
            schema_overrides={str(i): pl.String for i in text},
        )


def read_text(path: Path, content: bytes, suffix: str, reading: Reading) -> CsvText:
    """The text of a CSV file with its lines checked; DataError for all that cannot be read."""
    try:
        text, encoding = to_utf8(content, reading.encoding, reading.stored)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        got = f"byte 0x{content[error.start]:02x} in line {line}, which is not {error.encoding}"
        raise unreadable(path, got, "name its encoding with --encoding") from None
    except LookupError:
        raise OptionError(
            "encoding",
            expected="one that Python knows, such as latin-1 or utf-16",
            got=repr(reading.encoding),
        ) from None
    if b"\0" in text:
        raise unreadable(path, "binary content", "save it as UTF-8 text or as .parquet")
    if b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    before = split_preamble(text)
    text = text[before.size :]
    lines = [line.decode() for line in text[:100_000].split(b"\n", 2)[:2]] or [""]
    delimiter = named_delimiter(reading.delimiter) if reading.delimiter else before.delimiter
    delimiter = delimiter or sniff_delimiter(lines[0], lines[-1], suffix)
    notes = _notes(encoding, before.comments)
    if delimiter == WHITESPACE:
        text, delimiter = tabs_for_spaces(text), "\t"
    records = find_records(text, delimiter)
    if not records.regular or reading.plain:
        text = strict_csv(path, text, delimiter, reading.skip_ragged)
        records = find_records(text, delimiter)
    if not len(records.starts):
        raise unreadable(path, "an empty file", "check that it was written in full")
    first = text[records.starts[0] : records.ends[0]].decode()
    names = split_cells(first, delimiter)
    if not reading.header:
        names = numbered(len(names))
    return _with_body(path, text, records, delimiter, names, encoding, notes, before.lines, reading)


def _notes(encoding: str, comments: int) -> tuple[str, ...]:
    said = {"cp1252": "Windows-1252", "utf-16": "UTF-16", "utf-8": ""}.get(encoding, encoding)
    found = [f"read as {said}; --encoding says another"] if said else []
    if comments:
        found.append(f"{comments} line{'s' * (comments > 1)} of comments before the header")
    return tuple(found)


def _with_body(
    path: Path,
    text: bytes,
    records: Records,
    delimiter: str,
    names: list[str],
    encoding: str,
    notes: tuple[str, ...],
    above: int,
    reading: Reading,
) -> CsvText:
    """The text after the header; DataError for lines with more or fewer cells than it."""
    first = int(reading.header)
    cells, width = records.cells[first:], len(names)
    one_more = bool(len(cells)) and bool((cells == width + 1).all())
    width += one_more
    ragged = cells != width
    if ragged.any() and not reading.skip_ragged:
        raise refuse(str(path), [_ragged(records, ragged, first, above, width)], reading.stored)
    kept = np.ones(len(records.starts), bool)
    kept[first:] = ~ragged
    kept[:first] = False
    if ragged.any():
        count = int(ragged.sum())
        notes += (f"{count} line{'s' * (count > 1)} with too few or too many cells left out",)
    body = _only(text, records, kept)
    names = [*names, ""] if one_more else names
    return CsvText(body, delimiter, tuple(names), encoding, notes, rows_named=one_more)


def _only(text: bytes, records: Records, kept: Array) -> bytes:
    """The text of these records, without blank lines between them."""
    if not kept.any():
        return b""
    starts, ends = records.starts[kept], records.ends[kept]
    if (starts[1:] == ends[:-1] + 1).all():
        return text[starts[0] : ends[-1]]
    marks = np.zeros(len(text) + 2, np.int8)
    np.add.at(marks, starts, 1)
    np.add.at(marks, ends + 1, -1)
    inside = np.cumsum(marks, dtype=np.int8)[: len(text)].astype(bool)
    return np.frombuffer(text, np.uint8)[inside].tobytes()


def _ragged(records: Records, ragged: Array, first: int, above: int, width: int) -> Problem:
    rows = np.flatnonzero(ragged) + first
    listed = [f"{records.cells[row]} in line {records.lines[row] + above}" for row in rows.tolist()]
    more = f" and in {len(listed) - MOST_LISTED} lines more" if len(listed) > MOST_LISTED else ""
    return Problem(
        f"{width} cells in every line, as in the first",
        ", ".join(listed[:MOST_LISTED]) + more,
        ("--skip-ragged",),
    )
