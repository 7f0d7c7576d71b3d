"""Mini-batches: which rows each step of an epoch sees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import Array
from chainrule.train.data.splits import check_seed

__all__ = ["Batches", "Rows", "epoch_order"]

Rows = Sequence[Array] | Array
"""Batches of row numbers: an array of them for each, or one `(batches, rows)` where all are of one
size."""


def epoch_order(rows: int, seed: int, epoch: int) -> Array:
    """The rows in the order of one epoch: int64 `(rows,)`, a pure function of seed and epoch.

    So a run that is interrupted and resumed sees the very order it would have seen.

    >>> epoch_order(5, seed=0, epoch=1)
    array([1, 4, 3, 0, 2])
    """
    return np.random.default_rng([seed, epoch]).permutation(rows)


@final
@dataclass(frozen=True)
class Batches:
    """Batches of `size` rows in a new order every epoch; the last may be smaller and is kept.

    `size` is 1 (stochastic), a number (mini-batch), "full" (one batch of all rows), or None for 32,
    or all rows where there are fewer.
    Raises `OptionError` for a size below 1 or above the number of rows, and for a negative seed.

    >>> batches, order = Batches(rows=5, size=2), epoch_order(5, seed=0, epoch=1)
    >>> batches.alike(order, 0, 3).tolist(), batches.alike(order, 2, 3).tolist()
    ([[1, 4], [3, 0]], [[2]])
    """

    rows: int
    size: int | Literal["full"] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_seed(self.seed)
        size = self.size
        if size is None:
            size = min(32, self.rows)
        elif size == "full":
            size = self.rows
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
            raise OptionError(
                "batch size",
                expected="1 or more, or 'full'",
                got=repr(self.size),
                remedy="the default is 32",
            )
        if size > self.rows:
            raise OptionError(
                "batch size",
                expected=f"at most the {self.rows} rows of the training split",
                got=str(size),
                remedy="take a smaller one, or 'full'",
            )
        object.__setattr__(self, "size", int(size))

    def times(self, k: int) -> Batches:
        """Batches of k times as many rows, or of all rows where there are fewer.

        >>> Batches(rows=100, size=30).times(2).size, Batches(rows=100, size=30).times(4).size
        (60, 100)
        """
        return Batches(self.rows, min(k * self.rows_of_one, self.rows), self.seed)

    @property
    def per_epoch(self) -> int:
        """How many batches an epoch has."""
        return math.ceil(self.rows / self.rows_of_one)

    def alike(self, order: Array, first: int, most: int) -> Array:
        """Batches of an epoch's `order` from batch `first` on, `most` at most: `(batches, rows)`.

        All are of one size, so that a smaller last one is only taken by itself.
        """
        size = self.rows_of_one
        many, rest = min(most, self.rows // size - first), order[first * size :]
        return rest[: many * size].reshape(many, size) if many > 0 else rest[None]

    @property
    def rows_of_one(self) -> int:
        """Rows of every batch but the last, which may have fewer."""
        assert isinstance(self.size, int)  # __post_init__ settled it
        return self.size
