"""Where values were taken out of the record as plain numbers, so that gradients can say so.

`float(x)` or `np.asarray(x)` give plain numbers; what is computed with them is not recorded, and a
gradient misses it.  Nobody can know whether they are computed with or only printed.  So each
variable remembers where its record was first left.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary, WeakSet

from chainrule.graph.graph import ancestors
from chainrule.graph.node import Node, moment

__all__ = ["how_taken", "take_out"]

_taken: WeakKeyDictionary[Node, tuple[str, int]] = WeakKeyDictionary()
_known: WeakSet[Node] = WeakSet()
"""Nodes whose variables remember already."""


def take_out(node: Node, how: str) -> None:
    """Let all variables the node depends on remember that `how` gave its value as plain numbers."""
    if node.constant or node in _known:
        return
    found = ancestors([node], stop=_known)
    now = moment()
    for source in found:
        if source.variable and not source.levels:  # not one that a transform made
            _taken.setdefault(source, (how.format(node.name or "a tensor"), now))
    _known.update(found)


def how_taken(variable: Node, before: Node) -> str | None:
    """How the variable's record was left before `before` was computed; None if it was not."""
    how, when = _taken.get(variable, ("", 0))
    return how if how and when <= before.serial else None
