"""Encoders: how the columns of a table become numbers, as plain data that a run folder can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Literal, final

import numpy as np

from chainrule.errors import DataError, RunError, UnknownNameError
from chainrule.graph import Array
from chainrule.train.data.features.cycles import cyclic
from chainrule.train.data.features.hashed_text import hashed_texts
from chainrule.train.data.preparation.class_indices import class_indices
from chainrule.train.data.table import (
    Column,
    Kind,
    Table,
    check_complete,
    check_finite,
)

__all__ = ["ColumnCoder", "Encoder", "TargetCoder", "Task"]

Task = Literal["classification", "regression"]


@final
@dataclass(frozen=True)
class ColumnCoder:
    """The encoding of one column.

    A number, boolean or date x becomes one number, (x − mean) / scale, and a date sine and cosine
    of each of its `cycles` besides. A category is encoded one-hot, as one number for each of
    `categories`; any other category becomes all zeros. With `buckets` it is a text, whose words are
    counted by bucket. A missing value is replaced by `fill`, and with `indicator` one number more
    says so; with `fill` None, missing values are refused.
    """

    name: str
    kind: Kind
    mean: float = 0.0
    scale: float = 1.0
    categories: tuple[str, ...] = ()
    fill: float | str | None = None
    cycles: tuple[str, ...] = ()
    buckets: int = 0
    indicator: bool = False

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the encoded columns: `age`, or `sky=clear`, `sky=grey`.

        >>> ColumnCoder("sky", "category", categories=("clear", "grey")).features
        ('sky=clear', 'sky=grey')
        """
        if self.kind != "category":
            names = [self.name]
            names += [
                f"{self.name} ({cycle}, {f})" for cycle in self.cycles for f in ("sin", "cos")
            ]
        elif self.buckets:
            names = [f"{self.name} (words {i})" for i in range(self.buckets)]
        else:
            names = [f"{self.name}={category}" for category in self.categories]
        return (*names, *[f"{self.name} is missing"] * self.indicator)

    def encode(self, column: Column) -> Array:
        """The column as float64 `(n, len(features))`."""
        blocks = self._category(column) if self.kind == "category" else self._number(column)
        if self.indicator:
            blocks.append(column.missing[:, None].astype(np.float64))
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)

    def _number(self, column: Column) -> list[Array]:
        values = column.values
        if self.fill is not None:
            values = np.where(np.isnan(values), self.fill, values)
        linear = ((values - self.mean) / self.scale)[:, None]
        return [linear, *(cyclic(values, cycle) for cycle in self.cycles)]

    def _category(self, column: Column) -> list[Array]:
        if self.buckets:
            # One more row than there are levels: code −1 (missing) reads the last, without words.
            return [hashed_texts((*column.levels, ""), self.buckets)[column.values]]
        index = {category: i for i, category in enumerate(self.categories)}
        # One more entry than there are levels: code −1 (missing) reads the last.
        known = [index.get(level, -1) for level in column.levels]
        codes = np.array([*known, index.get(str(self.fill), -1)])[column.values]
        return [(codes[:, None] == np.arange(len(index))).astype(np.float64)]


@final
@dataclass(frozen=True)
class TargetCoder:
    """The encoding of the target.

    Classification: the index of the class name in `classes`, int64 `(n,)`.
    Regression: (y − mean) / scale, float64 `(n, outputs)`; `decode` is its inverse.
    """

    name: str
    task: Task
    classes: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()

    @property
    def outputs(self) -> int:
        """The number of outputs a model needs: one for each class, or for each target number."""
        return len(self.classes) if self.task == "classification" else len(self.mean)

    def encode(self, column: Column) -> Array:
        """The encoded target column; `DataError` for a class that is not among `classes`."""
        if self.task == "regression":
            return ((column.values - self.mean[0]) / self.scale[0])[:, None]
        index = class_indices(self.classes, column)
        labels = column.distinct()
        unseen = [label for label in labels if label not in index]
        if unseen:
            raise DataError(
                f"column {self.name!r}",
                expected=f"classes {', '.join(self.classes[:12])}",
                got=", ".join(map(repr, unseen[:6])),
                remedy="correct these rows, or train again with them",
            )
        present = column.take(np.flatnonzero(~column.missing))
        coded = present.values if present.kind == "category" else present.codes
        _, rows = np.unique(present.values if coded is None else coded, return_inverse=True)
        return np.array([index[label] for label in labels], np.int64)[rows]

    def decode(self, outputs: Array) -> Array:
        """Predictions in the units of the target: y = output · scale + mean, `(n, outputs)`."""
        return outputs * np.array(self.scale) + np.array(self.mean)


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
    def text(self) -> tuple[str, ...]:
        """The columns to read as text, even from a file that has only digits in them."""
        return tuple(column.name for column in self.columns if column.kind == "category")

    def encode(self, table: Table) -> Array:
        """The table as float64 `(n, D)`; columns that the encoder does not know are ignored.

        A category that no training row had becomes all zeros (`unseen` lists these).
        Raises `DataError` for columns that are missing or of another kind, for missing values
        without a fill, and for infinite values.
        """
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
        blocks = [c.encode(_as_kind(table, c.name, c.kind)) for c in self.columns]
        return np.concatenate(blocks, axis=1) if blocks else np.empty((table.rows, 0))

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
        """The categories of `table` that no training row had, by column."""
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
            name: sum(label in labels for label in table.columns[name].labels())
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
