"""Columns of codes, which a network embeds, as a linear model takes them: one number per level."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.graph import Array

__all__ = ["MOST_LEVELS", "Levels"]

MOST_LEVELS = 50
"""The most levels of a column that have a number of their own."""


@final
@dataclass(frozen=True)
class Levels:
    """The levels that the columns of codes are encoded one-hot by: the commonest of each.

    `columns` has the codes of these levels by column, in rows `(n, width)`; any other code becomes
    all zeros.
    """

    width: int
    columns: dict[int, tuple[float, ...]]

    @classmethod
    def of(cls, x: Array, columns: Collection[int]) -> Levels:
        """The levels of training rows `(n, D)`, the codes of which are in these columns.

        >>> Levels.of(np.array([[0.5, 7.0], [0.1, 3.0], [0.2, 7.0]]), [1]).columns
        {1: (7.0, 3.0)}
        """
        found: dict[int, tuple[float, ...]] = {}
        for column in columns:
            codes, counts = np.unique(x[:, column], return_counts=True)
            commonest = codes[np.argsort(-counts, kind="stable")[:MOST_LEVELS]]
            found[column] = tuple(commonest.tolist())
        return cls(x.shape[1], found)

    @property
    def inputs(self) -> int:
        """How many numbers `encode` returns for a row."""
        return self.width + sum(len(codes) - 1 for codes in self.columns.values())

    def encode(self, x: Array) -> Array:
        """Rows `(n, D)` as `(n, inputs)`: other columns first, unchanged.

        >>> Levels(2, {1: (7.0, 3.0)}).encode(np.array([[0.5, 7.0], [0.1, 3.0], [0.2, 4.0]]))
        array([[0.5, 1. , 0. ],
               [0.1, 0. , 1. ],
               [0.2, 0. , 0. ]])
        """
        if not self.columns:
            return x
        others = [column for column in range(self.width) if column not in self.columns]
        levels = [x[:, [c]] == np.array(codes) for c, codes in self.columns.items()]
        return np.concatenate([x[:, others], *(one.astype(x.dtype) for one in levels)], axis=1)
