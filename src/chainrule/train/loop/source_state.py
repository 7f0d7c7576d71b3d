"""The state of a data source, as a part of the training loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, final

from chainrule.errors import DataError, OptionError
from chainrule.train.data.source import BatchGroup, DataSource, as_group, known_length

__all__ = ["SourceState"]


@final
class SourceState:
    """A source with its state at the start of the current epoch, which is what is saved.

    A source reads ahead of the steps, so its state within an epoch says nothing of them.  The state
    has a name of its own, so that its entries cannot clash with those of other parts.
    """

    def __init__(self, source: DataSource) -> None:
        self.source = source
        for method in ("batches", "state"):
            if not callable(getattr(source, method, None)):
                raise OptionError(
                    "data source",
                    expected="methods batches(epoch, start) and state()",
                    got=f"{type(source).__name__} without {method}",
                    remedy="let state() return {} if there is nothing to remember",
                )
        self._at_start = dict(source.state())
        self._ahead: tuple[int, Iterator[BatchGroup]] | None = None
        if self._at_start and not hasattr(source, "load_state"):
            raise OptionError(
                "data source",
                expected="a method load_state(state), as its state() is not empty",
                got="none",
            )

    @property
    def per_epoch(self) -> int | None:
        """The number of batches in an epoch, None if the source does not know it."""
        return known_length(self.source)

    def first(self, epoch: int = 1) -> BatchGroup:
        """The first batches of an epoch; `batches` then begins with them, without a second read.

        Raises DataError if there are none.
        """
        groups = self.batches(epoch, 0)
        group = next(groups, None)
        if group is None:
            raise DataError(
                "data source", expected=f"one batch or more in epoch {epoch}", got="none"
            )
        self._ahead = epoch, chain([group], groups)
        return group

    def batches(self, epoch: int, start: int) -> Iterator[BatchGroup]:
        """The batches of the current epoch, without the first `start` ones."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and (epoch, start) == (ahead[0], 0):
            return ahead[1]
        self._load(self._at_start)  # it may have read ahead before an interruption
        return map(as_group, self.source.batches(epoch, start))

    def end_epoch(self) -> None:
        """Keep the state of the source as that at the start of the next epoch."""
        self._at_start = dict(self.source.state())

    def state(self) -> Mapping[str, Any]:
        """See `Stateful.state`; without an entry where the source has no state."""
        return {"source": self._at_start} if self._at_start else {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """See `Stateful.load_state`."""
        self._at_start, self._ahead = dict(state.get("source", {})), None
        self._load(self._at_start)

    def _load(self, state: Mapping[str, Any]) -> None:
        load = getattr(self.source, "load_state", None)
        if load is not None:
            load(state)
