"""Groups the results of a record by their longest distance to the output."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from chainrule.graph import Node

__all__ = ["distance_levels"]


def distance_levels(inputs_of: Mapping[Node, Iterable[Node]], output: Node) -> list[list[Node]]:
    """The nodes at each longest distance from the output, nearest first.

    `inputs_of` gives the inputs of each node, in topological order.  Nodes that the output does not
    depend on are left out.
    """
    distance = {output: 0}
    for node in reversed(list(inputs_of)):
        for source in inputs_of[node] if node in distance else ():
            distance[source] = max(distance.get(source, 0), distance[node] + 1)
    by_distance: dict[int, list[Node]] = defaultdict(list)
    for node in inputs_of:
        if node in distance:
            by_distance[distance[node]].append(node)
    return [by_distance[i] for i in sorted(by_distance)]
