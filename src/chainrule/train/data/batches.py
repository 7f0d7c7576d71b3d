"""Mini-batches: the rows that each step of an epoch is computed from."""

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
"""Batches of row numbers: one array each, or a single array `(batches, rows)` of equal ones."""


def epoch_order(rows: int, seed: int, epoch: int) -> Array:
    """The rows in the order of one epoch: int64 `(rows,)`, a pure function of seed and epoch.

    A resumed run therefore continues in the order of the interrupted one.

    >>> epoch_order(5, seed=0, epoch=1)
    array([1, 4, 3, 0, 2])
    """
    return np.random.default_rng([seed, epoch]).permutation(rows)


@final
@dataclass(frozen=True)
class Batches:
    """Batches of `size` rows in a new order every epoch; the last batch may be smaller.

    `size` is 1 (stochastic), a number (mini-batch), "full" (one batch of all rows), or None for 32
    (or for all rows, if there are fewer).
    Raises `OptionError` for a size below 1 or above the number of rows, and for a negative seed.

    >>> batches, order = Batches(rows=5, size=2), epoch_order(5, seed=0, epoch=1)
    >>> batches.chunk(order, 0, 3).tolist(), batches.chunk(order, 2, 3).tolist()
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
        """Batches of k times as many rows each, or of all rows if there are fewer.

        >>> Batches(rows=100, size=30).times(2).size, Batches(rows=100, size=30).times(4).size
        (60, 100)
        """
        return Batches(self.rows, min(k * self.batch_rows, self.rows), self.seed)

    @property
    def per_epoch(self) -> int:
        """The number of batches in an epoch."""
        return math.ceil(self.rows / self.batch_rows)

    def chunk(self, order: Array, first: int, most: int) -> Array:
        """At most `most` batches of an epoch's `order`, from batch `first` on: `(batches, rows)`.

        All are of one size; a smaller last batch is returned separately.
        """
        size = self.batch_rows
        count, rest = min(most, self.rows // size - first), order[first * size :]
        return rest[: count * size].reshape(count, size) if count > 0 else rest[None]

    @property
    def batch_rows(self) -> int:
        """The number of rows of every batch but the last, which may have fewer."""
        assert isinstance(self.size, int)  # see __post_init__
        return self.size
