"""Rows of a table as a linear model takes them, encoded some at a time: all take more memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.graph import Array
from chainrule.train.evaluation.linear.levels import Levels

__all__ = ["EncodedRows"]

CHUNK = 4096
"""Rows that are encoded at once."""


@final
@dataclass(frozen=True, eq=False)
class EncodedRows:
    """The `rows` of a table `x`, all or those with these numbers, encoded by `levels`.

    A slice of them is an array of float64.

    >>> rows = EncodedRows(
    ...     np.array([[0.5, 7.0], [0.1, 3.0]]), np.array([1]), Levels(2, {1: (3.0,)})
    ... )
    >>> rows.shape, rows[:1]
    ((1, 2), array([[0.1, 1. ]]))
    """

    x: Array
    rows: Array | None
    levels: Levels

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and of inputs."""
        return len(self), self.levels.inputs

    def __len__(self) -> int:
        return len(self.x if self.rows is None else self.rows)

    def __getitem__(self, some: slice) -> Array:
        return self._encoded(some).astype(np.float64)

    def array(self) -> Array:
        """All of them in float64."""
        found = np.empty(self.shape)
        for start in range(0, len(self), CHUNK):
            found[start : start + CHUNK] = self._encoded(slice(start, start + CHUNK))
        return found

    def unconverted(self) -> Array:
        """All of them in the dtype of the table."""
        return self._encoded(slice(None))

    def _encoded(self, some: slice) -> Array:
        return self.levels.encode(self.x[some if self.rows is None else self.rows[some]])
