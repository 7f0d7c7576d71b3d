"""Reading a table from a file, of whatever format, and saying what was inferred."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from chainrule.errors import DataError
from chainrule.train.data.reading.content.regular_file import inner_suffix, read_content
from chainrule.train.data.reading.formats.excel import read_excel
from chainrule.train.data.reading.formats.worker_process import frame_of
from chainrule.train.data.reading.frame import Frame
from chainrule.train.data.reading.index_column import without_index
from chainrule.train.data.reading.memory_limit import default_limit
from chainrule.train.data.reading.problems import unreadable
from chainrule.train.data.reading.reading_options import Reading
from chainrule.train.data.reading.table_of_frame import table_of, with_decimal_mark
from chainrule.train.data.reading.text.csv_frame import read_csv
from chainrule.train.data.table import Table

__all__ = ["SUFFIXES", "read_file"]

CSV = (".csv", ".tsv", ".txt", ".data", ".dat", ".tab")
TYPED = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
JSON = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json"}
EXCEL = (".xlsx", ".xls", ".xlsb", ".ods")
SUFFIXES = (*CSV, *TYPED, *JSON, *EXCEL, ".gz", ".zst")
"""The endings of files that can be read."""


def read_file(
    path: Path,
    *,
    text: Collection[str] = (),
    wanted: Collection[str] | None = None,
    memory: int | None = None,
    labels: str | None = None,
    reading: Reading | None = None,
) -> Table:
    """Read a file of any of `SUFFIXES` as a table.

    The kind of a column is inferred from all rows: numbers, also with thousands separated, a
    currency or a percent sign; true/false; dates and times, as days since 1970-01-01; everything
    else is text, hence a category. Columns named in `text` stay text whatever they look like; with
    `wanted`, columns of other names are left out; of the column named by `labels` it is kept how
    its values were written. What `reading` says is not inferred. In a text file, blank lines are
    skipped and spaces around cells dropped; a cell in `ALWAYS` is a missing value, and one in
    `AMONG_NUMBERS` where the others are no words; so is NaN in a file with types. The table may
    take `memory` bytes, by default half of the machine's.

    Raises `DataError` for a file that cannot be read, is empty or has no rows, and one for all
    problems of its cells together, with what to add to the command line.
    """
    suffix, reading = inner_suffix(path), reading or Reading()
    if suffix not in SUFFIXES:
        raise DataError(
            str(path),
            expected=f"a file that ends in {', '.join(SUFFIXES)}",
            got=repr(path.suffix),
            remedy="convert or rename it",
        )
    limit = default_limit() if memory is None else memory
    return table_of(
        _frame(path, suffix, reading, limit, text, labels),
        inner_stem(path),
        reading,
        where=str(path),
        text=text,
        wanted=wanted,
        labels=labels,
    )


def _frame(
    path: Path,
    suffix: str,
    reading: Reading,
    limit: int,
    text: Collection[str],
    labels: str | None,
) -> Frame:
    """The frame of a file, whose content is not kept."""
    if suffix in CSV:  # which lets go of the content as soon as it can
        return read_csv(path, _content(path, limit), suffix, reading, text, labels)
    content = _content(path, limit)
    if suffix in EXCEL:
        frame = without_index(Frame.of(read_excel(path, content, limit), free=True))
    else:
        kind = {**TYPED, **JSON}[suffix]
        frame = Frame.of(frame_of(path, kind, content, limit), free=suffix in JSON)
        frame = frame if reading.plain else without_index(frame)
    return with_decimal_mark(frame, reading, text, labels)


def _content(path: Path, limit: int) -> bytes:
    content = read_content(path, limit)
    if not content or content.isspace():
        raise unreadable(path, "an empty file", "check that it was written in full")
    return content


def inner_stem(path: Path) -> str:
    """The name of a file without its endings."""
    return Path(path.stem).stem if path.suffix.lower() in (".gz", ".zst") else path.stem
