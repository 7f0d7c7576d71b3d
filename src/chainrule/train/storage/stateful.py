"""The protocol of everything that has a state which a resumed training needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from chainrule.errors import OptionError

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


def gather(parts: Iterable[Stateful], **entries: Any) -> dict[str, Any]:
    """The states of all parts together, and `entries`.

    Raises OptionError where two have an entry of the same name.

    >>> class Counter:
    ...     def state(self):
    ...         return {"count": 3}
    >>> gather([Counter()])
    {'count': 3}
    """
    for part in parts:
        state = part.state()
        shared = entries.keys() & state.keys()
        if shared:
            raise OptionError(
                f"state of {type(part).__name__}",
                expected="names that no other part of the training uses",
                got=", ".join(sorted(shared)),
                remedy="call its entries otherwise",
            )
        entries.update(state)
    return entries
