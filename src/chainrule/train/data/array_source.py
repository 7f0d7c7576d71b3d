"""Arrays in memory as a source of training data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, final

from chainrule.graph import Array
from chainrule.train.data.batches import Batches, epoch_order
from chainrule.train.data.source import BatchGroup

__all__ = ["ArraySource"]


@final
class ArraySource:
    """The rows of arrays in memory, in a new order every epoch.

    It has no state: the order of an epoch is a function of the seed and the number of the epoch.

    >>> import numpy as np
    >>> x = np.arange(5)[:, None]
    >>> source = ArraySource(x, 2 * x, Batches(rows=5, size=2))
    >>> [group.rows.tolist() for group in source.batches(epoch=1, start=1)]
    [[[3, 0]], [[2]]]
    """

    def __init__(self, x: Array, y: Array, sizes: Batches) -> None:
        self.arrays, self.sizes = {"x": x, "y": y}, sizes

    @property
    def per_epoch(self) -> int:
        """See `DataSource.per_epoch`."""
        return self.sizes.per_epoch

    def batches(self, epoch: int, start: int) -> Iterator[BatchGroup]:
        """See `DataSource.batches`."""
        order = epoch_order(self.sizes.rows, self.sizes.seed, epoch)
        while start < self.per_epoch:
            rows = self.sizes.chunk(order, start, self.per_epoch)
            yield BatchGroup(self.arrays, rows)
            start += len(rows)

    def state(self) -> Mapping[str, Any]:
        """See `DataSource.state`."""
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """See `DataSource.load_state`."""
