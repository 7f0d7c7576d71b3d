"""CSV text as people write it, converted to strict comma-separated text.

Polars fills short rows with nulls and keeps spaces around cells, which would turn numbers into
text. So the rows are first read by the standard library, which also knows their line numbers.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from chainrule.errors import DataError

__all__ = ["strict_csv", "unreadable"]


def strict_csv(path: Path, content: bytes) -> tuple[list[str], str]:
    """The column names of a CSV file, and the same table as strict comma-separated text.

    Blank lines and spaces around cells are dropped; `path` is for the suffix and for errors. Raises
    `DataError` for text that is not UTF-8, ragged rows, and missing or repeated column names.
    """
    try:
        lines = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        got = f"byte 0x{content[error.start]:02x} in line {line}, which is not UTF-8"
        raise unreadable(path, got, "save it as UTF-8") from None
    if "\0" in lines:
        raise unreadable(path, "binary content", "save it as UTF-8 text or as .parquet")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names: list[str] = []
    reader = csv.reader(
        io.StringIO(lines, newline=""), delimiter=_separator(path, lines), strict=True
    )
    line = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if row and not names:
                names = _check_names(path, cells)
                writer.writerow(names)
            elif row and len(row) != len(names):
                got = f"{len(row)} in line {line}"
                raise DataError(
                    str(path),
                    expected=f"{len(names)} cells in every line, as in the first",
                    got=got,
                    remedy="correct that line, or quote cells that hold the separator",
                )
            elif row:
                writer.writerow(cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise unreadable(path, f"{error} in line {line}", "correct that line") from None
    return names, out.getvalue()


def unreadable(path: Path, got: str, remedy: str) -> DataError:
    """The error for a file that no table can be read from."""
    return DataError(str(path), expected="a readable table", got=got, remedy=remedy)


def _separator(path: Path, lines: str) -> str:
    """The separator: a tab in `.tsv`, else the candidate most frequent in the first line."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    first = re.sub(r'"[^"]*"', "", lines.lstrip("\r\n").partition("\n")[0])
    return max(",;\t|", key=first.count)


def _check_names(path: Path, names: list[str]) -> list[str]:
    """The column names; DataError unless the first line holds one for every column."""
    expected, got = "column names in the first line", ""
    if all(_is_number(name) for name in names):
        got = f"numbers ({', '.join(names[:4])})"
    elif "" in names:
        got = f"none for column {names.index('') + 1}"
    elif len(set(names)) < len(names):
        got = f"{next(name for name in names if names.count(name) > 1)!r} twice"
    if got:
        raise DataError(
            str(path), expected=expected, got=got, remedy="give every column a name of its own"
        )
    return names


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
