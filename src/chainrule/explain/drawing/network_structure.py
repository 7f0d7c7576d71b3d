"""Finds the layers and weights of a network in a record, from the derivatives alone.

A layer is a shown array; an array computed from it entry by entry, such as an activation, belongs
to the same layer.  An entry of a parameter is the weight of an edge between two neurons if it is
the edge's local gradient, and if its own local gradient is the value at the edge's source: w·x.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chainrule.explain.entries import LocalJacobian, Subgraph, few_jacobians, partition
from chainrule.graph import Array, Graph, Node

__all__ = ["Layer", "NetworkStructure", "Weights", "by_rank"]

MAX_EDGES = 4_000_000
"""The most edges of a record that is drawn as a network."""


@dataclass(eq=False)
class Layer:
    """Arrays of one size, each computed entry by entry from the one before.

    `rank` is the number of its column, from the left.
    """

    nodes: list[Node]
    rank: int

    @property
    def last(self) -> Node:
        """The output of the layer."""
        return self.nodes[-1]

    @property
    def size(self) -> int:
        """The number of neurons."""
        return self.last.spec.size


@dataclass(frozen=True)
class Weights:
    """The weights on the edges of a local Jacobian, by their flat indices in the parameter."""

    parameter: Node
    indices: Array


class NetworkStructure:
    """The layers of a graph, and the Jacobians between the entries of its shown arrays."""

    def __init__(self, subgraphs: dict[Node, Subgraph], jacobians: Sequence[LocalJacobian]) -> None:
        self.subgraphs, self.jacobians = subgraphs, jacobians
        self.incoming: dict[Node, list[LocalJacobian]] = {node: [] for node in self.subgraphs}
        for jacobian in self.jacobians:
            self.incoming[jacobian.consumer].append(jacobian)
        self._weights = {id(jacobian): self._find_weights(jacobian) for jacobian in self.jacobians}

    @classmethod
    def of(cls, graph: Graph) -> NetworkStructure | None:
        """The structure of a graph; None if it has more than MAX_EDGES edges."""
        subgraphs = partition(graph, "names")
        found = few_jacobians(subgraphs, graph.outputs[0], most=MAX_EDGES)
        return None if found is None else cls(subgraphs, found.jacobians)

    @cached_property
    def layers(self) -> list[Layer]:
        """The layers, in the order they are computed."""
        computed = {node for node, subgraph in self.subgraphs.items() if not subgraph.leaf}
        neurons = computed | self._inputs
        uses: dict[Node, int] = {}
        for jacobian in self.jacobians:
            uses[jacobian.source] = uses.get(jacobian.source, 0) + (jacobian.consumer in neurons)
        found: dict[Node, Layer] = {}
        for node in self.subgraphs:
            if node not in neurons:
                continue
            into = self.incoming[node]
            before = [found[each.source] for each in into if each.source in found]
            single = len(into) == 1 and before and uses[into[0].source] == 1
            if single and _is_entry_by_entry(into[0]):
                before[0].nodes.append(node)
                found[node] = before[0]
            else:
                rank = 1 + max((layer.rank for layer in before), default=-1)
                found[node] = Layer([node], rank)
        return list(dict.fromkeys(found.values()))

    @cached_property
    def between(self) -> list[tuple[LocalJacobian, Layer, Layer]]:
        """The Jacobians from one layer to another, with both layers."""
        of = {node: layer for layer in self.layers for node in layer.nodes}
        return [
            (jacobian, of[jacobian.source], of[jacobian.consumer])
            for jacobian in self.jacobians
            if jacobian.source in of and jacobian.consumer in of
            if of[jacobian.source] is not of[jacobian.consumer]
        ]

    def weights(self, jacobian: LocalJacobian) -> Weights | None:
        """The weights on the edges of a Jacobian; None if it has none."""
        return self._weights[id(jacobian)]

    @cached_property
    def _inputs(self) -> set[Node]:
        """The inputs of the network: weighted constants, or all constants if none is.

        Without constants, they are the variables that are weighted in several places.
        """
        leaves = {node for node, subgraph in self.subgraphs.items() if subgraph.leaf}
        weighted = [jacobian for jacobian in self.jacobians if self.weights(jacobian) is not None]
        constants = {node for node in leaves if not node.variable}
        if constants:
            return constants & {jacobian.source for jacobian in weighted} or constants
        uses: dict[Node, int] = {}
        for jacobian in weighted:
            if jacobian.source in leaves:
                most = np.bincount(jacobian.matrix.indices).max()
                uses[jacobian.source] = uses.get(jacobian.source, 0) + int(most)
        return {node for node, times in uses.items() if times > 1}

    def _find_weights(self, jacobian: LocalJacobian) -> Weights | None:
        for other in self.incoming[jacobian.consumer]:
            parameter = other.source
            distinct = parameter is not jacobian.source and parameter.variable
            if distinct and _are_multiplied(jacobian, other):
                return Weights(parameter, other.matrix.indices)
        return None


def _is_entry_by_entry(jacobian: LocalJacobian) -> bool:
    """Whether every entry is computed from the entry at its own index, and from no other."""
    matrix = jacobian.matrix
    return matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix.rows, matrix.indices)


def _are_multiplied(jacobian: LocalJacobian, other: LocalJacobian) -> bool:
    """Whether the two sources are multiplied edge by edge: ∂/∂x is w, and ∂/∂w is x."""
    x, w = jacobian.source.value, other.source.value
    by_x, by_w = jacobian.matrix, other.matrix
    if x is None or w is None or not np.array_equal(by_x.indptr, by_w.indptr):
        return False
    w_is_slope = np.array_equal(w.reshape(-1)[by_w.indices], by_x.data)
    return w_is_slope and np.array_equal(x.reshape(-1)[by_x.indices], by_w.data)


def by_rank(layers: Iterable[Layer]) -> list[list[Layer]]:
    """The layers of each rank, left to right."""
    found: dict[int, list[Layer]] = {}
    for layer in layers:
        found.setdefault(layer.rank, []).append(layer)
    return [found[rank] for rank in sorted(found)]
