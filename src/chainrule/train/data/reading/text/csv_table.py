"""A table of texts and plain numbers from CSV text, read by Polars."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import Array
from chainrule.train.data.reading.cells.coded_texts import CodedTexts
from chainrule.train.data.reading.cells.labels import are_quantities
from chainrule.train.data.reading.cells.number_formats import plain_numbers
from chainrule.train.data.reading.content.encoding import to_utf8
from chainrule.train.data.reading.content.regular_file import COMPRESSED
from chainrule.train.data.reading.frame import Typed
from chainrule.train.data.reading.problems import Problem, refuse, unreadable
from chainrule.train.data.reading.reading_options import Reading
from chainrule.train.data.reading.text.delimiter import (
    WHITESPACE,
    named_delimiter,
    sniff_delimiter,
)
from chainrule.train.data.reading.text.header import numbered, split_cells
from chainrule.train.data.reading.text.preamble import Preamble, split_preamble
from chainrule.train.data.reading.text.records import Records, find_records
from chainrule.train.data.reading.text.row_text import RowText
from chainrule.train.data.reading.text.strict_csv import strict_csv
from chainrule.train.data.reading.text.typed_slices import SliceReader, common_types
from chainrule.train.data.reading.text.whitespace import tabs_for_spaces

if TYPE_CHECKING:
    import polars as pl

__all__ = ["CsvText", "read_text"]

SAMPLE = 10_000
"""The rows that types are inferred from first: inference takes five times as long as reading."""

MOST_LISTED = 5
"""The most ragged lines that an error lists."""


@final
@dataclass(frozen=True, eq=False)
class CsvText:
    """Strict CSV text: its rows, its delimiter, and what its columns are called.

    Names may be empty or repeated; `rows_named` says whether the first column has none because the
    lines have one cell more than the header.
    """

    body: RowText
    delimiter: str
    names: tuple[str, ...]
    encoding: str
    notes: tuple[str, ...]
    rows_named: bool = False

    def has_quantities(self, column: int) -> bool:
        """Whether the first of many rows say that a column of numbers has no labels."""
        if self.body.rows <= SAMPLE:
            return False
        texts = SliceReader(self.delimiter, []).texts(self.body.first(SAMPLE), column)
        numbers = plain_numbers(texts)
        return numbers is not None and are_quantities(numbers)

    def columns(
        self, text: Collection[int], marks: Collection[str], every: bool = False
    ) -> list[pl.Series | CodedTexts | Typed]:
        """The columns as Polars infers them: texts those with these numbers, or all.

        The `marks` stand for missing values besides the usual ones.

        They are called 0, 1, 2 and so on: their own names may be repeated.
        """
        import polars as pl

        body, width = self.body, len(self.names)
        if not body.rows:
            return [pl.Series(str(i), [], pl.String) for i in range(width)]
        reader = SliceReader(self.delimiter, [*marks])
        if every:
            return reader.columns(body.slices(), [pl.String()] * width, body.rows)
        if body.rows > SAMPLE:
            try:
                found = [reader.types(body.first(SAMPLE), text)]
                if None not in found[0]:  # of a column that begins without values they say nothing
                    return reader.columns(body.slices(), common_types(found), body.rows)
            except pl.exceptions.PolarsError:  # something else further down
                pass
            try:
                found = [reader.types(part, text) for part in body.slices()]
                return reader.columns(body.slices(), common_types(found), body.rows)
            except pl.exceptions.PolarsError:  # what is wrong in its slice, and not beside others
                pass
        return reader.inferred(body.whole(), text, body.rows)


def read_text(path: Path, content: bytes, suffix: str, reading: Reading) -> CsvText:
    """The text of a CSV file with its lines checked; DataError for all that cannot be read."""
    guessed = reading.stored and "encoding" not in reading.said
    try:
        text, encoding = to_utf8(content, reading.encoding, guessed)
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
    lines = _lines(path, text[before.size :], before, suffix, reading)
    names = split_cells(lines.first(), lines.delimiter)
    if not reading.header:
        names = numbered(len(names))
    rows, one_more, left_out = lines.rows(path, len(names), reading)
    if path.suffix.lower() not in COMPRESSED:
        rows = rows.stored(path, content)
    notes = _notes(encoding, before.comments, left_out)
    names = (*names, *[""] * one_more)
    return CsvText(rows, lines.delimiter, names, encoding, notes, rows_named=one_more)


class _Lines(NamedTuple):
    """Text, its records and their delimiter; `above` it are so many lines of the file."""

    text: bytes
    records: Records
    delimiter: str
    above: int

    def first(self) -> str:
        """The first record."""
        return self.text[self.records.starts[0] : self.records.ends[0]].decode()

    def rows(self, path: Path, width: int, reading: Reading) -> tuple[RowText, bool, int]:
        """The rows, whether all have a cell more, and how many records are left out.

        Their text is the whole text, with the header, where nothing else is to be left out.

        Raises DataError for records of another width, unless they are to be skipped.
        """
        first, records = int(reading.header), self.records
        cells = records.cells[first:]
        one_more = bool(len(cells)) and bool((cells == width + 1).all())
        ragged = cells != width + one_more
        if ragged.any() and not reading.skip_ragged:
            problem = self._ragged(np.flatnonzero(ragged) + first, width)
            raise refuse(str(path), [problem], reading.stored)
        if not ragged.any() and self._is_all():  # as it is: it would be in memory twice
            return RowText(self.text, len(self.text), records.starts, reading.header), one_more, 0
        kept = np.concatenate([np.zeros(first, bool), ~ragged])
        text, sizes = _only(self.text, records, kept), (records.ends - records.starts + 1)[kept]
        rows = RowText(text, len(text), np.cumsum(sizes) - sizes, above=False)
        return rows, one_more, int(ragged.sum())

    def _is_all(self) -> bool:
        """Whether the text is these records and nothing else, such as blank lines."""
        starts, ends = self.records.starts, self.records.ends
        whole = starts[0] == 0 and ends[-1] + 1 >= len(self.text)
        return bool(whole and (starts[1:] == ends[:-1] + 1).all())

    def _ragged(self, rows: Array, width: int) -> Problem:
        records = self.records
        listed = [
            f"{records.cells[row]} in line {self.above + before + 1}"
            for row in rows[:MOST_LISTED].tolist()
            for before in [self.text.count(b"\n", 0, records.starts[row])]
        ]
        more = f" and in {len(rows) - MOST_LISTED} lines more" if len(rows) > MOST_LISTED else ""
        return Problem(
            f"{width} cells in every line, as in the first",
            ", ".join(listed) + more,
            ("--skip-ragged",),
        )


def _lines(path: Path, text: bytes, before: Preamble, suffix: str, reading: Reading) -> _Lines:
    """The records of a text, between whose cells is whatever is said there, or else most likely."""
    two = [line.decode(errors="replace") for line in text[:100_000].split(b"\n", 2)[:2]]
    if reading.delimiter:
        delimiter = named_delimiter(reading.delimiter)
    else:
        delimiter = before.delimiter or sniff_delimiter(two[0], two[-1], suffix)
    if delimiter == WHITESPACE:
        text, delimiter = tabs_for_spaces(text), "\t"
    records = find_records(text, delimiter)
    if not records.regular or reading.plain:
        text = strict_csv(path, text, delimiter, reading.skip_ragged)
        records = find_records(text, delimiter)
    if not len(records.starts):
        raise unreadable(path, "an empty file", "check that it was written in full")
    return _Lines(text, records, delimiter, before.lines)


def _notes(encoding: str, comments: int, left_out: int) -> tuple[str, ...]:
    said = {"cp1252": "Windows-1252", "utf-16": "UTF-16", "utf-8": ""}.get(encoding, encoding)
    found = [f"read as {said}; --encoding says another"] if said else []
    if comments:
        found.append(f"{comments} line{'s' * (comments > 1)} of comments before the header")
    if left_out:
        found.append(
            f"{left_out} line{'s' * (left_out > 1)} with too few or too many cells left out"
        )
    return tuple(found)


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
