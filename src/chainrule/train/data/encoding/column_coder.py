"""How one column becomes numbers, as plain data that a run folder can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.graph import Array
from chainrule.train.data.features.cycles import cyclic
from chainrule.train.data.features.hashed_text import hashed_texts
from chainrule.train.data.table import (
    Column,
    Kind,
)

__all__ = ["ColumnCoder"]


@final
@dataclass(frozen=True)
class ColumnCoder:
    """The encoding of one column.

    A number, boolean or date x becomes one number, (x − mean) / scale, and a date sine and cosine
    of each of its `cycles` besides. A category is encoded one-hot, as one number for each of
    `categories`; any other category becomes all zeros. With `embedding`, the width of its vectors,
    it becomes a code instead: 1 for the first of `categories`, and 0 for any other one. With
    `buckets` it is a text, whose words are counted by bucket. A missing value is replaced by
    `fill`, and with `indicator` one number more says so; with `fill` None, missing values are
    refused.
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
    embedding: int = 0

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the encoded columns: `age`, or `sky=clear`, `sky=grey`.

        >>> ColumnCoder("sky", "category", categories=("clear", "grey")).features
        ('sky=clear', 'sky=grey')
        """
        if self.kind != "category" or self.embedding:
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
        filled = index.get(str(self.fill), -1)
        if self.embedding:
            missing = -1 if self.fill is None else filled
            codes = np.array([*known, missing])[column.values]
            return [(codes[:, None] + 1).astype(np.float64)]
        codes = np.array([*known, filled])[column.values]
        return [(codes[:, None] == np.arange(len(index))).astype(np.float64)]
