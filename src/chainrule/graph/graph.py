"""Graphs: the nodes that some outputs depend on, in topological order."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count

from chainrule.errors import GraphError
from chainrule.graph.display import write
from chainrule.graph.node import MOST_CONSTANT_STEPS, Node
from chainrule.graph.over_time.step_names import numbered_step_name

__all__ = ["Graph", "ancestors", "check_recorded"]


def ancestors(outputs: Iterable[Node], stop: Iterable[Node] = ()) -> list[Node]:
    """Return the outputs and all nodes they depend on, each after its inputs.

    The search ends at the nodes in `stop`, which are left out unless they are outputs.  It does not
    recurse, so a chain of a hundred thousand nodes does not exceed the recursion limit.
    """
    ends = set(outputs)
    seen: set[Node] = set(stop)
    found = list(seen & ends)
    stack = list(ends - seen)
    seen.update(stack)
    while stack:
        node = stack.pop()
        found.append(node)
        for source in node.inputs:
            if source not in seen:
                seen.add(source)
                stack.append(source)
    return sorted(set(found), key=lambda node: node.serial)


def check_recorded(nodes: Iterable[Node], back_to: Iterable[Node]) -> None:
    """Raise GraphError if constants in `back_to` may lie behind a part of the record that is gone.

    `nodes` are the ancestors of some outputs up to `back_to`.
    """
    first = min((node.serial for node in back_to if node.constant), default=math.inf)
    for node in nodes:
        if node.serial > first and node.shortened:
            raise GraphError(
                node.label,
                expected="a record that goes back to the constants asked for",
                got=f"one that was shortened after {MOST_CONSTANT_STEPS} operations on constants",
                remedy="make each of them a variable, with cr.variable",
            )


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """A computation: its inputs, its outputs, and all nodes between, in topological order.

    The order is that of `nodes`, which need not be the order in which they were recorded.

    >>> import chainrule as cr
    >>> print(cr.trace(lambda x, y: cr.exp(x) * y, 1.0, 2.0))
    graph (x0: f64[], x1: f64[])
      v0: f64[] = exp x0
      v1: f64[] = mul v0 x1
    return v1
    """

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    nodes: tuple[Node, ...]

    @classmethod
    def of(cls, outputs: Sequence[Node], inputs: Sequence[Node] | None = None) -> Graph:
        """Return the graph of some outputs; its inputs default to the variables found.

        Raises GraphError for an input that may lie behind a part of the record that is gone.
        """
        nodes = ancestors(outputs, stop=inputs or ())
        check_recorded(nodes, back_to=inputs or ())
        if inputs is None:
            inputs = [node for node in nodes if node.variable]
        everything = sorted({*nodes, *inputs}, key=lambda node: node.serial)
        return cls(tuple(inputs), tuple(outputs), tuple(everything))

    def names(self) -> dict[Node, str]:
        """Return a distinct name for every node: its own, or a generated one.

        Generated names are x0, x1, … for variables, c0, … for constants and v0, … for other nodes.
        Where several recurrences call a result of step 3 h[t=3], the second one's is h2[t=3].
        """
        own = {node.name for node in (*self.inputs, *self.nodes) if node.name}
        names: dict[Node, str] = {}
        used: set[str] = set()
        counts = {"x": 0, "c": 0, "v": 0}
        for node in dict.fromkeys((*self.inputs, *self.nodes)):
            if node.name and node.name not in used:
                names[node] = node.name
            elif node.name and (other := _numbered(node.name, own, used)):
                names[node] = other
            else:
                stem = "v" if node.primitive else "x" if node.variable else "c"
                while (name := f"{stem}{counts[stem]}") in own or name in used:
                    counts[stem] += 1
                counts[stem] += 1
                names[node] = name
            used.add(names[node])
        return names

    def consumers(self) -> dict[Node, list[tuple[Node, int]]]:
        """Return, for every node, the nodes that use it, with the position of the operand."""
        return self._consumers

    @cached_property
    def _consumers(self) -> dict[Node, list[tuple[Node, int]]]:
        users: dict[Node, list[tuple[Node, int]]] = {node: [] for node in self.nodes}
        inputs = set(self.inputs)
        for node in self.nodes:
            if node not in inputs:
                for position, source in enumerate(node.inputs):
                    users[source].append((node, position))
        return users

    def __str__(self) -> str:
        return write(self, "text")

    def __repr__(self) -> str:
        return f"<graph of {len(self.inputs)} inputs and {len(self.nodes)} nodes>"

    def _repr_html_(self) -> str:
        return write(self, "html")


def _numbered(name: str, *taken: Collection[str]) -> str:
    """A free name for the result of a step of time; empty for other names."""
    names = (numbered_step_name(name, number) for number in count(2))
    return next(one for one in names if not one or not any(one in some for some in taken))
