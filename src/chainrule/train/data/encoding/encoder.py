"""The encoder of a table: a coder for each column, and one for the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, final

import numpy as np

from chainrule.errors import DataError, RunError, UnknownNameError
from chainrule.graph import Array
from chainrule.train.data.encoding.column_coder import ColumnCoder
from chainrule.train.data.encoding.target_coder import TargetCoder
from chainrule.train.data.table import (
    Column,
    Kind,
    Table,
    check_complete,
    check_finite,
)

__all__ = ["Encoder"]

AT_ONCE, LEAST_ROWS = 2**17, 16
"""The entries that are brought from columns into rows together, and the fewest rows."""


@final
@dataclass(frozen=True)
class Encoder:
    """All that was fitted to the training rows: one coder for each column, and the target's.

    >>> table = Table("t", {"sky": Column("sky", "category", np.array([1, 0]), ("clear", "grey"))})
    >>> sky = ColumnCoder("sky", "category", categories=("clear", "grey"))
    >>> encoder = Encoder((sky,), TargetCoder("rain", "classification", ("no", "yes")))
    >>> encoder.encode(table)
    array([[0., 1.],
           [1., 0.]])
    >>> Encoder.from_dict(encoder.to_dict()) == encoder
    True
    """

    columns: tuple[ColumnCoder, ...]
    target: TargetCoder

    @property
    def features(self) -> tuple[str, ...]:
        """Names of all encoded columns, in order."""
        return tuple(name for column in self.columns for name in column.features)

    @property
    def tables(self) -> dict[int, tuple[int, int]]:
        """For each encoded column of codes, how many codes there are and the width of a vector."""
        coders = [coder for coder in self.columns for _ in coder.features]
        return {
            position: (len(coder.categories) + 1, coder.embedding)
            for position, (coder, name) in enumerate(zip(coders, self.features, strict=True))
            if coder.embedding and name == coder.name
        }

    @property
    def embedded(self) -> frozenset[str]:
        """The columns of which categories become codes, to be embedded."""
        return frozenset(coder.name for coder in self.columns if coder.embedding)

    def levels(self, row: Array) -> dict[str, str]:
        """The categories that the codes of an encoded row `(D,)` stand for, by column."""
        categories = {coder.name: ("another", *coder.categories) for coder in self.columns}
        names = {column: self.features[column] for column in self.tables}
        return {name: categories[name][int(row[column])] for column, name in names.items()}

    @property
    def text(self) -> tuple[str, ...]:
        """The columns to read as text, even from a file that has only digits in them."""
        return tuple(column.name for column in self.columns if column.kind == "category")

    def encode(self, table: Table, dtype: Any = np.float64, rows: Array | None = None) -> Array:
        """The table, or some of its rows, as `(n, D)`; columns that it does not know are ignored.

        A category that no training row had becomes all zeros, or the code 0 (`unseen` lists these).
        Numbers beyond the range of `dtype` become infinite.  Raises `DataError` for columns that
        are missing or of another kind, for missing values without a fill, and for infinite values.
        """
        self.check(table)
        every = slice(None) if rows is None else rows
        encoded = np.empty((table.rows if rows is None else len(rows), len(self.features)), dtype)
        end = 0
        with np.errstate(over="ignore"):
            for coder in self.columns:  # one by one, for the least memory
                column = _as_kind(table, coder.name, coder.kind)
                begin, end = end, end + len(coder.features)
                encoded[:, begin:end] = coder.encode(column.take(every))
        return encoded

    def encode_parts(self, table: Table, parts: Sequence[Array], dtype: Any) -> list[Array]:
        """What `encode` returns for the rows of each part; the table has its columns no longer.

        Each is let go once it is encoded: the table is never whole in memory beside the encoded
        one.
        """
        self.check(table)
        columns = np.empty((len(self.features), table.rows), dtype)
        end = 0
        with np.errstate(over="ignore"):
            for coder in self.columns:
                begin, end = end, end + len(coder.features)
                columns[begin:end] = coder.encode(_as_kind(table, coder.name, coder.kind)).T
                table.take_out(coder.name)
        return [_rows_of(columns, rows) for rows in parts]

    def check(self, table: Table) -> None:
        """Raise the errors of `encode` for what is missing in a table, or infinite."""
        absent = [column.name for column in self.columns if column.name not in table.columns]
        if absent:
            raise DataError(
                table.name,
                expected=f"the {len(self.columns)} columns of the training data",
                got=f"none called {', '.join(map(repr, absent[:12]))}"
                + (f" and {len(absent) - 12} more" if len(absent) > 12 else ""),
                remedy="add them, or name them as in the training data",
            )
        unfilled = [c.name for c in self.columns if c.fill is None and not c.indicator]
        check_complete(table, unfilled, "fill them in, or train with --impute mean")
        check_finite(table, [column.name for column in self.columns])

    def encode_target(self, table: Table) -> Array:
        """The encoded target column of `table`, to compare with predictions."""
        name = self.target.name
        if name not in table.columns:
            raise UnknownNameError(f"target column of {table.name}", name, table.columns)
        check_complete(table, [name], "remove these rows, or the column")
        check_finite(table, [name])
        if self.target.task == "regression":
            return self.target.encode(_as_kind(table, name, "number"))
        return self.target.encode(table.columns[name])

    def unseen(self, table: Table) -> dict[str, tuple[str, ...]]:
        """The categories of `table` that are not encoded as such, by column.

        No training row had them or, of those that are embedded, a single one at most.
        """
        found = {}
        for coder in self.columns:
            if coder.kind != "category" or coder.buckets or coder.name not in table.columns:
                continue
            column, known = table.columns[coder.name], set(coder.categories)
            if column.kind != "category" or not known.issuperset(column.levels):
                found[coder.name] = tuple(sorted(set(column.distinct()) - known))
        return {name: labels for name, labels in found.items() if labels}

    def unseen_rows(self, table: Table) -> dict[str, int]:
        """In how many rows of `table` these categories stand, by column."""
        return {
            name: int(table.columns[name].count_of(labels))
            for name, labels in self.unseen(table).items()
        }

    def unknown(self, table: Table) -> tuple[str, ...]:
        """The columns of `table`, or left out of it, that are neither encoded nor the target."""
        known = {self.target.name, *(column.name for column in self.columns)}
        names = (*table.columns, *table.left_out)
        return tuple(name for name in names if name not in known)

    def to_dict(self) -> dict[str, Any]:
        """The encoder as entries for TOML, which keep floats bit for bit."""
        return {"target": _entries(self.target), "columns": [_entries(c) for c in self.columns]}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Encoder:
        """The inverse of `to_dict`; `RunError` where entries are missing or unknown."""
        try:
            columns = tuple(ColumnCoder(**_tuples(column)) for column in entries["columns"])
            return cls(columns, TargetCoder(**_tuples(entries["target"])))
        except (KeyError, TypeError, AttributeError) as error:
            raise RunError(
                "encoder",
                expected="the entries of a fitted encoder",
                got=f"{type(error).__name__}: {error}",
                remedy="train again",
            ) from None


def _rows_of(columns: Array, rows: Array) -> Array:
    """Columns `(D, n)` as rows `(len(rows), D)`, some of them at a time: caches hold a few."""
    width = len(columns)
    found = np.empty((len(rows), width), columns.dtype)
    step = max(LEAST_ROWS, AT_ONCE // max(width, 1))
    for start in range(0, len(rows), step):
        some = slice(start, start + step)
        found[some] = columns[:, rows[some]].T
    return found


def _entries(coder: ColumnCoder | TargetCoder) -> dict[str, Any]:
    # Defaults are left out: TOML has no None, and people read the file.
    # They are compared as text, since −0.0 == 0.0 although the two differ.
    values = vars(coder)
    return {k: values[k] for k, text in _defaults(type(coder)) if repr(values[k]) != text}


@cache
def _defaults(kind: type) -> tuple[tuple[str, str], ...]:
    """The fields of a coder with their defaults as texts; looked up once for 100,000 columns."""
    return tuple((field.name, repr(field.default)) for field in fields(kind))


def _tuples(entries: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in entries.items()}


def _as_kind(table: Table, name: str, kind: Kind) -> Column:
    """The column converted to the kind it had in training; DataError if that loses anything."""
    column = table.columns[name]
    if column.kind == kind:
        return column
    if column.missing.all() and kind != "category":
        return Column(name, kind, np.full(len(column.values), np.nan))
    if kind == "category":  # numbers in place of text, such as the codes 0 and 1
        levels = column.distinct()
        code_of: dict[str | None, int] = {level: code for code, level in enumerate(levels)}
        codes = [code_of.get(label, -1) for label in column.labels()]
        return Column(name, kind, np.array(codes, np.int64), levels)
    if {column.kind, kind} == {"boolean", "number"} and np.isin(
        column.values[~column.missing], (0, 1)
    ).all():
        return Column(name, kind, column.values)
    raise DataError(
        table.name,
        expected=f"{kind} values in column {name!r}, as in the training data",
        got=f"{column.kind} values such as {column.examples()}",
        remedy="correct that column",
    )
