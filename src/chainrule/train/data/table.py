"""Tables as they are read: named columns, each of one kind, before anything is fitted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, final

import numpy as np

from chainrule.errors import DataError, UnknownNameError
from chainrule.graph import Array

__all__ = ["Column", "Kind", "Table", "check_complete", "check_finite", "digest"]

Kind = Literal["number", "boolean", "category", "date"]


@final
@dataclass(frozen=True, eq=False)
class Column:
    """One column of `n` rows.

    Numbers, booleans (0 and 1) and dates (days since 1970-01-01) are float64 `(n,)`, with NaN for a
    missing value. Categories are int64 codes `(n,)` into `levels`, with −1 for a missing value.
    Number columns of one `group` share a unit, as the pixels of an image do, and are scaled
    together.

    >>> column = Column("sky", "category", np.array([1, 0, -1]), levels=("clear", "grey"))
    >>> column.labels()
    ['grey', 'clear', None]
    """

    name: str
    kind: Kind
    values: Array
    levels: tuple[str, ...] = ()
    group: str = ""

    @property
    def missing(self) -> Array:
        """A boolean `(n,)` for each row: whether its value is missing."""
        return self.values < 0 if self.kind == "category" else np.isnan(self.values)

    def labels(self) -> list[str | None]:
        """Every value as text, as class names are written; None for a missing one."""
        if self.kind == "category":
            return [self.levels[code] if code >= 0 else None for code in self.values.tolist()]
        return [None if value != value else self._text(value) for value in self.values.tolist()]

    def distinct(self) -> tuple[str, ...]:
        """The distinct labels: categories in the order of `levels`, numbers ascending."""
        present = np.unique(self.values[~self.missing]).tolist()
        if self.kind == "category":
            return tuple(self.levels[code] for code in present)
        return tuple(self._text(value) for value in present)

    def take(self, rows: Array) -> Column:
        """The same column with these rows only."""
        return Column(self.name, self.kind, self.values[rows], self.levels, self.group)

    def _text(self, value: float) -> str:
        if self.kind == "boolean":
            return "true" if value else "false"
        return str(int(value)) if value.is_integer() else repr(value)


@final
@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length, the name of their source, and the usual target column, if any."""

    name: str
    columns: Mapping[str, Column]
    target: str | None = None

    @property
    def rows(self) -> int:
        """The number of rows."""
        return next((len(column.values) for column in self.columns.values()), 0)

    def column(self, name: str, role: str = "column") -> Column:
        """The column called `name`; `UnknownNameError` with similar names if there is none."""
        if name not in self.columns:
            raise UnknownNameError(f"{role} of {self.name}", name, self.columns)
        return self.columns[name]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of names, kinds and values: equal for equal content, whatever the file format."""
        parts: list[bytes | Array] = []
        for column in self.columns.values():
            parts += [repr((column.name, column.kind, column.levels)).encode(), column.values]
        return digest(parts)


def digest(parts: list[bytes | Array]) -> str:
    """SHA-256 of bytes and arrays (dtype, shape and little-endian content), as 64 hex digits."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            little = part.dtype.newbyteorder("<")
            array = np.ascontiguousarray(part, little)
            if array.dtype.kind == "f":
                array = np.where(np.isnan(array), np.array(np.nan, little), array)
            head, body = f"{little.str}{part.shape}".encode(), array.tobytes()
        else:
            head, body = b"", part
        # Lengths come first, so that different lists of parts never give the same bytes.
        total.update(f"{len(head)},{len(body)};".encode() + head)
        total.update(body)
    return total.hexdigest()


def check_complete(table: Table, names: list[str], remedy: str) -> None:
    """Raise one `DataError` naming every column of `names` with missing values, and how many."""
    counts = {name: int(table.columns[name].missing.sum()) for name in names}
    incomplete = {name: count for name, count in counts.items() if count}
    if incomplete:
        first = next(iter(incomplete))
        row = int(np.argmax(table.columns[first].missing)) + 1
        listed = ", ".join(f"{name!r} ({count})" for name, count in list(incomplete.items())[:12])
        more = f" and {len(incomplete) - 12} columns more" if len(incomplete) > 12 else ""
        raise DataError(
            table.name,
            expected="a value in every cell",
            got=f"missing values in {listed}{more}, the first in row {row}",
            remedy=remedy,
        )


def check_finite(table: Table, names: list[str]) -> None:
    """Raise a `DataError` naming the first column of `names` that holds an infinite value."""
    for name in names:
        infinite = np.isinf(table.columns[name].values)
        if infinite.any():
            row = int(np.argmax(infinite))
            raise DataError(
                table.name,
                expected="finite numbers",
                got=f"{table.columns[name].values[row]} in column {name!r}, row {row + 1} "
                f"({int(infinite.sum())} non-finite in that column)",
                remedy="correct or remove these rows",
            )
