"""The state of a data source, as a part of the training loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, final

from chainrule.train.data.source import BatchGroup, DataSource

__all__ = ["SourceState"]


@final
class SourceState:
    """A source with its state at the start of the current epoch, which is what is saved.

    A source reads ahead of the steps, so its state within an epoch says nothing of them.  The state
    has a name of its own, so that its entries cannot clash with those of other parts.
    """

    def __init__(self, source: DataSource) -> None:
        self.source = source
        self._at_start = dict(source.state())

    def batches(self, epoch: int, start: int) -> Iterator[BatchGroup]:
        """The batches of the current epoch, without the first `start` ones."""
        self.source.load_state(self._at_start)  # it may have read ahead before an interruption
        return self.source.batches(epoch, start)

    def end_epoch(self) -> None:
        """Keep the state of the source as that at the start of the next epoch."""
        self._at_start = dict(self.source.state())

    def state(self) -> Mapping[str, Any]:
        """See `Stateful.state`; without an entry where the source has no state."""
        return {"source": self._at_start} if self._at_start else {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """See `Stateful.load_state`."""
        self._at_start = dict(state.get("source", {}))
        self.source.load_state(self._at_start)
