"""Tables as they are read: named columns, each of one kind, before anything is fitted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, final

import numpy as np

from chainrule.errors import DataError, UnknownNameError
from chainrule.graph import Array

if TYPE_CHECKING:
    from chainrule.train.data.reading.facts import TableFacts

__all__ = ["Column", "Kind", "Table", "check_complete", "check_finite", "digest", "same_number"]

Kind = Literal["number", "boolean", "category", "date"]


@final
@dataclass(frozen=True, eq=False)
class Column:
    """One column of `n` rows.

    Numbers, booleans (0 and 1) and dates (days since 1970-01-01) are float64 `(n,)`, with NaN for a
    missing value. Categories are integer codes `(n,)` into `levels`, with −1 for a missing value.
    Number columns of one `group` share a unit, as the pixels of an image do, and are scaled
    together.  Where numbers, booleans or dates may be labels, `codes` into `levels` say how each
    was written, if that is not how they are written here: 007, 1e5, 2024-02-01, or a whole number
    that float64 does not hold.

    >>> column = Column("sky", "category", np.array([1, 0, -1]), levels=("clear", "grey"))
    >>> column.labels()
    ['grey', 'clear', None]
    """

    name: str
    kind: Kind
    values: Array
    levels: tuple[str, ...] = ()
    group: str = ""
    codes: Array | None = None

    @property
    def missing(self) -> Array:
        """A boolean `(n,)` for each row: whether its value is missing."""
        return self.values < 0 if self.kind == "category" else np.isnan(self.values)

    def labels(self) -> list[str | None]:
        """Every value as text, as class names are written; None for a missing one."""
        if (codes := self._codes) is not None:
            return [self.levels[code] if code >= 0 else None for code in codes.tolist()]
        return [None if value != value else self._text(value) for value in self.values.tolist()]

    def distinct(self) -> tuple[str, ...]:
        """The distinct labels: those with codes in the order of `levels`, numbers ascending."""
        codes = self._codes
        present = np.unique((self.values if codes is None else codes)[~self.missing]).tolist()
        if codes is not None:
            return tuple(self.levels[code] for code in present)
        return tuple(self._text(value) for value in present)

    def examples(self) -> str:
        """Some distinct values, as errors show them: dates as dates, whatever their labels are."""
        if self.kind != "date" or self.codes is not None:
            return ", ".join(map(repr, self.distinct()[:3]))
        days = np.unique(self.values[~self.missing])[:3]
        return ", ".join(repr(self.text_of(day)) for day in days.tolist())

    def text_of(self, value: float) -> str:
        """A value as a text: of dates, which are days since 1970-01-01, the date.

        >>> Column("when", "date", np.zeros(0)).text_of(1.5)
        '1970-01-02 12:00:00'
        >>> Column("when", "date", np.zeros(0)).text_of(1.5 + 0.25 / 86_400)
        '1970-01-02 12:00:00.25'
        """
        if self.kind != "date":
            return self._text(value)
        moment = np.float64(value * 86_400e3).round().astype("datetime64[ms]").tolist()
        text = str(moment)
        return (text.rstrip("0") if "." in text else text).removesuffix(" 00:00:00")

    def count_of(self, labels: Collection[str]) -> int:
        """How many rows have one of these labels."""
        if (codes := self._codes) is None:
            return sum(label in labels for label in self.labels())
        # One more entry than there are levels: code −1 (missing) reads the last.
        wanted = set(labels)
        return int(np.array([*(level in wanted for level in self.levels), False])[codes].sum())

    def take(self, rows: Array | slice) -> Column:
        """The same column with these rows only."""
        codes = None if self.codes is None else self.codes[rows]
        return Column(self.name, self.kind, self.values[rows], self.levels, self.group, codes)

    def as_written(self, texts: Sequence[str], codes: Array) -> Column:
        """The column with labels as they were written: `codes` `(n,)` into distinct `texts`.

        Ascending by value, equal ones by their text.  What is one number in decimals, such as 1,
        1.0 and 1.00, is one label, its shortest text; so is one date or truth value.  The column is
        unchanged where it writes all labels in the same way.

        >>> column = Column("zip", "number", np.array([7.0, 10.0, 7.0, 7.0]))
        >>> column.as_written(["7.0", "10", "007", "7"], np.array([2, 1, 0, 3])).labels()
        ['007', '10', '7', '7']
        """
        values = np.full(len(texts), np.nan)
        values[codes[codes >= 0]] = self.values[codes >= 0]
        alike: dict[str | float, list[int]] = {}
        for i, (text, value) in enumerate(zip(texts, values.tolist(), strict=True)):
            if value == value:
                key = same_number(text) if self.kind == "number" else value
                alike.setdefault(key, []).append(i)
        label_of = {
            i: min((texts[j] for j in same), key=lambda text: (len(text), text))
            for same in alike.values()
            for i in same
        }
        if all(label == self._text(values[i]) for i, label in label_of.items()):
            return self
        value_of = {label: _exact(label, values[i]) for i, label in label_of.items()}
        levels = sorted(value_of, key=lambda label: (value_of[label], label))
        code_of = {label: code for code, label in enumerate(levels)}
        # One more entry than there are texts: code −1 (missing) reads the last.
        table = [code_of[label_of[i]] if i in label_of else -1 for i in range(len(texts))]
        return replace(self, levels=tuple(levels), codes=np.array([*table, -1], np.int64)[codes])

    @property
    def _codes(self) -> Array | None:
        return self.values if self.kind == "category" else self.codes

    def _text(self, value: float) -> str:
        value = float(value)
        if self.kind == "boolean":
            return "true" if value else "false"
        return str(int(value)) if value.is_integer() else repr(value)


@final
@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length, the name of their source, and the usual target column, if any.

    `left_out` are the names of columns that the source has besides, which were not asked for, and
    `facts` what was inferred where the source is a file.
    """

    name: str
    columns: Mapping[str, Column]
    target: str | None = None
    left_out: tuple[str, ...] = ()
    facts: TableFacts | None = None

    @property
    def rows(self) -> int:
        """The number of rows."""
        return next((len(column.values) for column in self.columns.values()), 0)

    def column(self, name: str, role: str = "column") -> Column:
        """The column called `name`; `UnknownNameError` with similar names if there is none."""
        if name not in self.columns:
            raise UnknownNameError(f"{role} of {self.name}", name, self.columns)
        return self.columns[name]

    def take_out(self, name: str) -> None:
        """Let go of a column, whose memory may then serve for what it has become."""
        assert isinstance(self.columns, dict), "columns that can be taken out"
        del self.columns[name]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of names, kinds and values: equal for equal content, whatever the file format."""
        parts: list[bytes | Array] = []
        for column in self.columns.values():
            values = column.values
            if column.kind == "category":  # of whatever width
                values = values.astype(np.int64, copy=False)
            parts += [repr((column.name, column.kind, column.levels)).encode(), values]
            if column.codes is not None:
                parts.append(column.codes)
        return digest(parts)

    def without_texts(self) -> Table:
        """The table whose numbers and dates have no label but their value, as runs once kept it."""
        return replace(
            self,
            columns={
                name: column if column.codes is None else replace(column, levels=(), codes=None)
                for name, column in self.columns.items()
            },
        )


def same_number(text: str) -> str:
    """One text for all decimal forms of a number; codes such as 007 and 1e5 stay as they are.

    >>> same_number("1.50"), same_number("-2.0"), same_number("007"), same_number("1e5")
    ('1.5', '-2', '007', '1e5')
    """
    match = re.fullmatch(r"\+?(-?(?:0|[1-9][0-9]*))(?:\.([0-9]*?)0*)?", text)
    return text if match is None else f"{match[1]}.{match[2]}" if match[2] else match[1]


def _exact(text: str, value: float) -> int | float:
    """What a label is sorted by: the whole number that was written, which `value` may have rounded.

    >>> _exact("9007199254740993", 9007199254740992.0)
    9007199254740993
    """
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,4000}", text) else value


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
