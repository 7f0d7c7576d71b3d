"""Draws a record as a network: columns of neurons, and the edges between them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from chainrule.explain.derivation import Derivation
from chainrule.explain.drawing.columns import Column, Link, Network, Neuron
from chainrule.explain.drawing.diagram import Box
from chainrule.explain.drawing.network_structure import Layer, NetworkStructure, by_rank
from chainrule.explain.entries import (
    LocalJacobian,
    entries_named,
    entry_at,
    entry_name,
    flat_index,
    upstream_gradients,
)
from chainrule.graph import Array, Graph, Node
from chainrule.ops import Tensor, inline

__all__ = ["network"]

MAX_NEURONS, MAX_COLUMN = 150, 40
"""The most neurons of a network, and of a column, that are all shown."""

SHOWN = 10
"""Neurons shown in a taller column, and in each column of a larger network."""


def network(record: Tensor, derivation: Derivation) -> Network | None:
    """The network behind `record`; None if no column has two neurons, or if it is too large.

    Of large layers, the neurons at the ends of the weights asked about are shown, then those that
    the derivation shows, then those with the largest gradients.
    """
    graph = inline(Graph.of([record.node]))
    structure = NetworkStructure.of(graph)
    if structure is None:
        return None
    sizes = [sum(layer.size for layer in column) for column in by_rank(structure.layers)]
    if len(sizes) < 2 or max(sizes) < 2:
        return None
    return _NetworkBuilder(graph, structure, derivation).network()


class _NetworkBuilder:
    """Builds one drawing; its parts share the gradients and the weights that were asked about."""

    def __init__(self, graph: Graph, structure: NetworkStructure, derivation: Derivation) -> None:
        self.structure, self.derivation = structure, derivation
        self.adjoints = {node: t.value for node, t in upstream_gradients(graph).items()}
        self.selected = {step.name for step in derivation.forward}
        self.complete = not any(step.omitted for step in derivation.backward)
        self.asked: dict[Node, list[int]] = {}
        for chain in derivation.chains:
            for entry in entries_named(graph, chain.wrt):
                self.asked.setdefault(entry.node, []).append(flat_index(entry))
        self.ends = self._ends_of_asked_weights()
        total = sum(layer.size for layer in structure.layers)
        self.shown = {layer: self._shown_neurons(layer, total) for layer in structure.layers}

    def network(self) -> Network:
        columns = tuple(map(self.column, by_rank(self.structure.layers)))
        links = [
            link
            for jacobian, before, after in self.structure.between
            for link in self.links(jacobian, before, after)
        ]
        return Network(self.derivation.title, self.derivation.output, columns, tuple(links))

    # which neurons are shown

    def _ends_of_asked_weights(self) -> dict[Layer, set[int]]:
        """The neurons at both ends of the weights asked about."""
        ends: dict[Layer, set[int]] = {layer: set() for layer in self.structure.layers}
        for jacobian, before, after in self.structure.between:
            weights = self.structure.weights(jacobian)
            if weights is not None and weights.parameter in self.asked:
                edges = np.isin(weights.indices, self.asked[weights.parameter])
                ends[before].update(map(int, jacobian.matrix.indices[edges]))
                ends[after].update(map(int, jacobian.matrix.rows[edges]))
        return ends

    def _shown_neurons(self, layer: Layer, total: int) -> Sequence[int]:
        if layer.size <= SHOWN or (total <= MAX_NEURONS and layer.size <= MAX_COLUMN):
            return range(layer.size)
        sizes = np.abs(self.gradient(layer.last))
        first = sorted(
            range(layer.size),
            key=lambda i: (i not in self.ends[layer], not self.is_selected(layer, i), -sizes[i], i),
        )
        return sorted(first[:SHOWN])

    def is_selected(self, layer: Layer, neuron: int) -> bool:
        """Whether the derivation shows this neuron."""
        return self.complete or any(
            self.name(node, neuron) in self.selected for node in layer.nodes
        )

    # parts of the drawing

    def column(self, layers: Sequence[Layer]) -> Column:
        neurons: list[Neuron] = []
        places: list[int] = []
        size = 0
        for layer in layers:
            neurons += [self.neuron(layer, i) for i in self.shown[layer]]
            places += [size + i for i in self.shown[layer]]
            size += layer.size
        titles = [
            " → ".join(self.structure.subgraphs[node].name for node in layer.nodes)
            for layer in layers
            if layer.last.spec.shape
        ]
        several = any(math.prod(layer.last.spec.shape[:-1]) > 1 for layer in layers)
        kind = "entries" if several else "neurons"
        return Column(", ".join(titles), tuple(neurons), tuple(places), size, kind)

    def neuron(self, layer: Layer, flat: int) -> Neuron:
        steps = tuple(self.box(node, flat) for node in layer.nodes)
        return Neuron(steps, self.is_selected(layer, flat) or flat in self.ends[layer])

    def box(self, node: Node, flat: int) -> Box:
        assert node.value is not None
        value, gradient = float(node.value.reshape(-1)[flat]), float(self.gradient(node)[flat])
        kind = self.structure.subgraphs[node].op
        return Box(self.name(node, flat), kind, "", value, gradient)

    def links(self, jacobian: LocalJacobian, before: Layer, after: Layer) -> Iterable[Link]:
        local, weights = jacobian.matrix, self.structure.weights(jacobian)
        upstream, shown = self.gradient(jacobian.consumer), set(self.shown[before])
        for row in self.shown[after]:
            for at in range(local.indptr[row], local.indptr[row + 1]):
                column, value = int(local.indices[at]), float(local.data[at])
                if column not in shown:
                    continue
                weight, gradient, asked = "", value * float(upstream[row]), False
                if weights is not None:
                    entry = int(weights.indices[at])
                    weight = self.name(weights.parameter, entry)
                    gradient = float(self.gradient(weights.parameter)[entry])
                    asked = entry in self.asked.get(weights.parameter, ())
                selected = asked or (
                    self.is_selected(before, column) and self.is_selected(after, row)
                )
                ends = self.name(before.last, column), self.name(after.last, row)
                yield Link(*ends, weight, value, gradient, selected, asked)

    def gradient(self, node: Node) -> Array:
        """The upstream gradients of a node's entries, flattened."""
        found = self.adjoints.get(node)
        return np.zeros(node.spec.size) if found is None else found.reshape(-1)

    def name(self, node: Node, flat: int) -> str:
        return entry_name(self.structure.subgraphs[node].name, entry_at(node, flat).index)
