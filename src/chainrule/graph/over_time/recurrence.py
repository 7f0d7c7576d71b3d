"""What an operation repeats step by step, for readers of records that look into its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from chainrule.graph.graph import Graph

__all__ = ["Recurrence"]


@final
@dataclass(frozen=True)
class Recurrence:
    """A body that is applied `length` times: (constants, carries, x[t]) ↦ (carries, y[t]).

    The operation has the constants, the first carries and all x as its inputs, in this order, and
    the last carries and all y as its outputs.  With `reverse`, time goes from the end.
    """

    body: Graph
    constants: int
    carries: int
    length: int
    reverse: bool

    @property
    def times(self) -> range:
        """The steps of time, in the order in which they are computed."""
        return range(self.length)[::-1] if self.reverse else range(self.length)
