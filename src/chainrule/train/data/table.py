"""A table as it was read: named columns of one kind each, before anything is fitted to them."""

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

    Numbers, booleans (0 and 1) and dates (days since 1970-01-01) are float64 `(n,)` with NaN where
    a value is missing. Categories are int64 codes `(n,)` into `levels`, −1 where missing.
    Number columns of one `group` measure one thing in one unit (the pixels of an image) and are
    scaled together.

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
        """Where there is no value: booleans `(n,)`."""
        return self.values < 0 if self.kind == "category" else np.isnan(self.values)

    def labels(self) -> list[str | None]:
        """Every value as text, as class names are written; None where missing."""
        if self.kind == "category":
            return [self.levels[code] if code >= 0 else None for code in self.values.tolist()]
        return [None if value != value else self._text(value) for value in self.values.tolist()]

    def distinct(self) -> tuple[str, ...]:
        """The labels that occur: categories in the order of `levels`, numbers ascending."""
        present = np.unique(self.values[~self.missing]).tolist()
        if self.kind == "category":
            return tuple(self.levels[code] for code in present)
        return tuple(self._text(value) for value in present)

    def take(self, rows: Array) -> Column:
        """The same column at these row numbers only."""
        return Column(self.name, self.kind, self.values[rows], self.levels, self.group)

    def _text(self, value: float) -> str:
        if self.kind == "boolean":
            return "true" if value else "false"
        return str(int(value)) if value.is_integer() else repr(value)


@final
@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length, where they came from, and the column usually predicted, if any."""

    name: str
    columns: Mapping[str, Column]
    target: str | None = None

    @property
    def rows(self) -> int:
        """How many rows every column has."""
        return next((len(column.values) for column in self.columns.values()), 0)

    def column(self, name: str, role: str = "column") -> Column:
        """The column called `name`; `UnknownNameError` with the nearest names otherwise."""
        if name not in self.columns:
            raise UnknownNameError(f"{role} of {self.name}", name, self.columns)
        return self.columns[name]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of names, kinds and values: equal for equal content, however it was stored."""
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
        # Lengths first, so that no two lists of parts read as one stream of bytes.
        total.update(f"{len(head)},{len(body)};".encode() + head)
        total.update(body)
    return total.hexdigest()


def check_complete(table: Table, names: list[str], remedy: str) -> None:
    """Raise one `DataError` naming every column of `names` with missing values, and how many."""
    counts = {name: int(table.columns[name].missing.sum()) for name in names}
    holes = {name: count for name, count in counts.items() if count}
    if holes:
        first = next(iter(holes))
        row = int(np.argmax(table.columns[first].missing)) + 1
        listed = ", ".join(f"{name!r} ({count})" for name, count in list(holes.items())[:12])
        more = f" and {len(holes) - 12} columns more" if len(holes) > 12 else ""
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
