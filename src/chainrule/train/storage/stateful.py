"""The protocol of everything that has a state which a resumed training needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

__all__ = ["Stateful", "gather"]


class Stateful(Protocol):
    """A part of a training that remembers something from one step, or epoch, to the next.

    The state is plain data by name: what JSON can hold, and arrays by name where a checkpoint has
    a place for them (`Checkpoint.of`).  No two parts of a training use the same name.
    """

    def state(self) -> Mapping[str, Any]:
        """What is needed to continue bit for bit, copied."""
        ...

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Continue from a state, which may hold entries of other parts.

        A missing entry stands for the start of a training, so that older checkpoints can be read.
        """
        ...


def gather(parts: Iterable[Stateful]) -> dict[str, Any]:
    """The states of all parts together.

    >>> class Counter:
    ...     def state(self):
    ...         return {"count": 3}
    >>> gather([Counter()])
    {'count': 3}
    """
    entries: dict[str, Any] = {}
    for part in parts:
        state = part.state()
        shared = entries.keys() & state.keys()
        assert not shared, f"two parts call their state {', '.join(sorted(shared))}"
        entries.update(state)
    return entries
