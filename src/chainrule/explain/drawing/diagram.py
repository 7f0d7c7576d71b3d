"""A circuit as data: boxes and wires, with their numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

__all__ = ["Box", "Diagram", "Wire"]


@dataclass(frozen=True)
class Box:
    """A step of the computation, or several drawn as one.

    name      the name in the record
    kind      'variable', 'constant', the name of a primitive, or 'composite'
    formula   its formula in the boxes before it; empty for a leaf
    value     None while it has not run
    gradient  ∂output/∂name, None while it has not run; of several, the largest by magnitude
    holds     the names of the steps, if there are several
    array     the name of the array that it is an entry of; empty if it is none
    """

    name: str
    kind: str
    formula: str
    value: float | None
    gradient: float | None
    holds: tuple[str, ...] = ()
    array: str = ""

    @property
    def members(self) -> int:
        """The number of steps."""
        return len(self.holds) or 1

    @property
    def leaf(self) -> bool:
        """Whether this is an input, not computed."""
        return self.kind in ("variable", "constant") and self.members == 1


@dataclass(frozen=True)
class Wire:
    """A wire from `source` to `consumer`, which depends on it.

    formula  the formula of ∂consumer/∂source
    local    ∂consumer/∂source; None if there is none
    product  local × upstream, the contribution along this wire; None while it has not run
    """

    source: str
    consumer: str
    formula: str = ""
    local: float | None = None
    product: float | None = None


@dataclass(frozen=True)
class Diagram:
    """A circuit: boxes in the order they are computed, and the wires between them.

    `note` says how many nodes are drawn as fewer boxes.
    """

    title: str
    output: str
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    note: str = ""

    @property
    def forks(self) -> frozenset[str]:
        """The boxes with several consumers: their gradient is a sum."""
        used = Counter(wire.source for wire in self.wires)
        return frozenset(name for name, times in used.items() if times > 1)
