"""A record read as a network: which arrays are layers, which parameters are weights.

Both are read off the derivatives.  A layer is a shown array; one that is made from another entry by
entry, as an activation is, belongs to the same layer.  A parameter's entry is the weight of an edge
where it is the edge's local gradient, and the value at the edge's source is its own: w·x.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chainrule.explain.entries.jacobians import Link, jacobians
from chainrule.explain.entries.units import units
from chainrule.graph import Array, Graph, Node

__all__ = ["Columns", "Layer", "Weights", "stacked"]


@dataclass(eq=False)
class Layer:
    """Arrays of one size, each made entry by entry from the one before, and how far right."""

    nodes: list[Node]
    rank: int

    @property
    def last(self) -> Node:
        """What leaves the layer."""
        return self.nodes[-1]

    @property
    def size(self) -> int:
        """How many neurons it has."""
        return self.last.spec.size


@dataclass(frozen=True)
class Weights:
    """For each edge of a link, in its order, the place of the weight in the parameter."""

    parameter: Node
    places: Array


class Columns:
    """The layers of a graph, and the links between the entries of its shown arrays."""

    def __init__(self, graph: Graph) -> None:
        self.units = units(graph, "names")
        self.links = jacobians(self.units, graph.outputs[0]).links
        self.into: dict[Node, list[Link]] = {node: [] for node in self.units}
        for link in self.links:
            self.into[link.consumer].append(link)
        self._weights = {id(link): self._found(link) for link in self.links}

    @cached_property
    def layers(self) -> list[Layer]:
        """The layers, in the order they are computed."""
        neurons = {node for node, unit in self.units.items() if not unit.leaf} | self._inputs
        uses: dict[Node, int] = {}
        for link in self.links:
            uses[link.source] = uses.get(link.source, 0) + (link.consumer in neurons)
        found: dict[Node, Layer] = {}
        for node in self.units:
            if node not in neurons:
                continue
            links = self.into[node]
            before = [found[link.source] for link in links if link.source in found]
            if len(links) == 1 and before and uses[links[0].source] == 1 and _maps(links[0]):
                before[0].nodes.append(node)
                found[node] = before[0]
            else:
                rank = 1 + max((layer.rank for layer in before), default=-1)
                found[node] = Layer([node], rank)
        return list(dict.fromkeys(found.values()))

    @cached_property
    def between(self) -> list[tuple[Link, Layer, Layer]]:
        """The links from one layer to another."""
        of = {node: layer for layer in self.layers for node in layer.nodes}
        return [
            (link, of[link.source], of[link.consumer])
            for link in self.links
            if link.source in of and link.consumer in of
            if of[link.source] is not of[link.consumer]
        ]

    def weights(self, link: Link) -> Weights | None:
        """The weights on the edges of a link, where it has some."""
        return self._weights[id(link)]

    @cached_property
    def _inputs(self) -> set[Node]:
        """Constants, of several those that are weighted; if there are none, variables that are.

        A variable counts where it is weighted in more places than one.
        """
        leaves = {node for node, unit in self.units.items() if unit.leaf}
        weighted = {link.source for link in self.links if self.weights(link) is not None}
        given = {node for node in leaves if not node.variable}
        if given:
            return given & weighted or given
        uses: dict[Node, int] = {}
        for link in self.links:
            if link.source in leaves and self.weights(link) is not None:
                most = np.bincount(link.local.indices).max()
                uses[link.source] = uses.get(link.source, 0) + int(most)
        return {node for node, times in uses.items() if times > 1}

    def _found(self, link: Link) -> Weights | None:
        for other in self.into[link.consumer]:
            parameter = other.source
            if parameter is not link.source and parameter.variable and _meet(link, other):
                return Weights(parameter, other.local.indices)
        return None


def _maps(link: Link) -> bool:
    """Whether every entry is made from the entry at its own place, and from nothing else."""
    square = link.local.shape[0] == link.local.shape[1]
    return square and np.array_equal(link.local.rows, link.local.indices)


def _meet(link: Link, other: Link) -> bool:
    """Whether the two sources meet in products, edge by edge: ∂/∂x is w and ∂/∂w is x."""
    x, w = link.source.value, other.source.value
    if x is None or w is None or not np.array_equal(link.local.indptr, other.local.indptr):
        return False
    return np.array_equal(w.reshape(-1)[other.local.indices], link.local.data) and np.array_equal(
        x.reshape(-1)[link.local.indices], other.local.data
    )


def stacked(layers: Iterable[Layer]) -> list[list[Layer]]:
    """The layers of each rank, left to right."""
    found: dict[int, list[Layer]] = {}
    for layer in layers:
        found.setdefault(layer.rank, []).append(layer)
    return [found[rank] for rank in sorted(found)]
