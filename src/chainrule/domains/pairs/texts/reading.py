"""Reading pairs of texts: two columns of a file, with a header or without."""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

from chainrule.errors import DataError, OptionError, UnknownNameError

__all__ = ["Rows", "read_pairs", "read_sources"]


@final
@dataclass(frozen=True)
class Rows:
    """The columns that are read of a file, and how they are called; `answers` may be missing."""

    names: tuple[str, str]
    sources: list[str]
    answers: list[str] | None


def read_pairs(file: str, source: str, target: str | None) -> Rows:
    """The pairs in a file; of its columns, the first is `source` and the second `target`.

    They are names in a header, or numbers from 1 of columns in a file without.  Without a target,
    the file has two columns, and it is the other one.

    Raises DataError, with the row, where one has no text or too few columns, and UnknownNameError
    for a column that the file does not have.
    """
    lines = list(_lines(Path(file)))
    if not lines:
        raise DataError(file, expected="pairs of texts", got="an empty file")
    header, named = _header(file, lines[0], source)
    first = header.index(source) if named else int(source) - 1
    second = _second(file, header, named, first, target)
    rows = lines[1:] if named else lines
    if not rows:
        raise DataError(file, expected="pairs below the header", got="none")
    names = (header[first], header[second]) if named else (source, str(second + 1))
    sources = [_text(file, row, first, names[0]) for row in rows]
    return Rows(names, sources, [_text(file, row, second, names[1]) for row in rows])


def read_sources(file: Path, names: tuple[str, str]) -> Rows:
    """The texts to predict from: the column of the sources, and the answers if there are some.

    The columns are called or numbered as in training.  A file of one column is one of sources.
    """
    lines = list(_lines(file))
    if not lines:
        raise DataError(str(file), expected="texts, one a row", got="an empty file")
    width, (source, target) = max(len(fields) for _, fields in lines), names
    if width == 1:
        rows = lines[1:] if lines[0][1][0] == source else lines
        return Rows(names, [_text(str(file), row, 0, source) for row in rows], None)
    header, named = _header(str(file), lines[0], source)
    columns = [header.index(n) if n in header else -1 for n in names] if named else [0, 1]
    if not named:
        columns = [int(n) - 1 for n in names]
    rows = lines[1:] if named else lines
    sources = [_text(str(file), row, columns[0], source) for row in rows]
    if not 0 <= columns[1] < width:
        return Rows(names, sources, None)
    return Rows(names, sources, [_text(str(file), row, columns[1], target) for row in rows])


Line = tuple[int, list[str]]
"""The number of a row in its file, from 1, and its fields."""


def _lines(path: Path) -> Iterator[Line]:
    """The rows of a file that are not blank."""
    text, name = _content(path), str(path)
    if path.name.removesuffix(".gz").lower().endswith(".csv"):
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            for fields in reader:
                if any(field.strip() for field in fields):
                    yield reader.line_num, fields
        except csv.Error as error:
            place = f"{name}, row {reader.line_num}"
            raise DataError(place, expected="comma-separated texts", got=str(error)) from None
        return
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if line.strip():
            yield number, line.split("\t")


def _content(path: Path) -> str:
    name = str(path)
    if not os.path.isfile(path):
        got = "a folder" if os.path.isdir(path) else "no file of that name"
        raise DataError(name, expected="a file of texts", got=got, remedy="check the path")
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:
        raise DataError(name, expected="a file that can be read", got=str(error)) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name}, row {row}",
            expected="text in UTF-8",
            got=f"the byte 0x{raw[error.start]:02x}",
            remedy="convert the file, such as with iconv -f latin1 -t utf-8",
        ) from None


def _header(file: str, first: Line, source: str) -> tuple[list[str], bool]:
    """The fields of the first row, and whether they are a header."""
    fields = [field.strip() for field in first[1]]
    if source in fields:
        return fields, True
    if len(fields) < 2:
        raise _no_tab(file, first, source)
    if source.isdecimal():
        if not 1 <= int(source) <= len(fields):
            raise OptionError(
                "source column",
                expected=f"a column from 1 to {len(fields)}, as many as {file} has",
                got=source,
            )
        return fields, False
    raise UnknownNameError(f"column of {file} (or its number, without a header)", source, fields)


def _second(file: str, header: list[str], named: bool, first: int, target: str | None) -> int:
    """The index of the target's column."""
    if target is None:
        if len(header) != 2:
            raise OptionError(
                "target",
                expected=f"one of the columns {', '.join(map(repr, header))} of {file}"
                if named
                else f"a column from 1 to {len(header)}",
                got="none",
                remedy="name it with --target",
            )
        return 1 - first
    if named and target in header:
        found = header.index(target)
    elif not named and target.isdecimal() and 1 <= int(target) <= len(header):
        found = int(target) - 1
    else:
        known = header if named else [str(i + 1) for i in range(len(header))]
        raise UnknownNameError(f"column of {file}", target, known)
    if found == first:
        raise OptionError("target", expected="another column than the source's", got=target)
    return found


def _text(file: str, row: Line, index: int, name: str) -> str:
    number, fields = row
    if index >= len(fields):
        raise _no_tab(file, row, name)
    text = fields[index].strip()
    if not text:
        raise DataError(
            f"{file}, row {number}",
            expected=f"a text in column {name!r}",
            got="none",
            remedy="write one, or remove the row",
        )
    return text


def _no_tab(file: str, row: Line, name: str) -> DataError:
    number, fields = row
    columns = f"{len(fields)} columns" if len(fields) > 1 else "no tab"
    if file.removesuffix(".gz").lower().endswith(".csv"):
        columns = f"{len(fields)} column{'s' * (len(fields) > 1)}"
    return DataError(
        f"{file}, row {number}",
        expected=f"columns with tabs between them, up to {name!r}",
        got=f"{columns}: {'   '.join(fields)[:40]!r}",
        remedy="separate the two texts with a tab",
    )
