"""Sources of training data: where the rows of each batch come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, final

from chainrule.graph import Array

__all__ = ["BatchGroup", "DataSource"]


@final
@dataclass(frozen=True, eq=False)
class BatchGroup:
    """Consecutive batches of one size, as rows of named arrays.

    arrays   "x" and "y": all rows that the batches choose from, `(N, …)` each
    rows     the row numbers of each batch, `(batches, rows)`

    Groups that share their arrays should hold the same mapping: it is then read only once.
    """

    arrays: Mapping[str, Array]
    rows: Array


class DataSource(Protocol):
    """Where the training data come from, batch by batch; it is `Stateful`.

    What it yields depends on the epoch, on `start` and on its state when the epoch began, so that a
    resumed training continues with the batches that the interrupted one would have had.
    """

    @property
    def per_epoch(self) -> int:
        """The number of batches in each epoch."""
        ...

    def batches(self, epoch: int, start: int) -> Iterator[BatchGroup]:
        """The batches of an epoch (from 1), without the first `start` ones, in groups.

        The state with which the epoch began has been loaded before.
        """
        ...

    def state(self) -> Mapping[str, Any]:
        """What JSON can hold and the source needs to continue; empty where that is nothing."""
        ...

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state` returned; empty at the start of a training."""
        ...
