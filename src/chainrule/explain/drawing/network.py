"""A record as a network to be drawn: columns of neurons, and the edges between them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from chainrule.autodiff.reverse import adjoints
from chainrule.explain.derivation import Derivation
from chainrule.explain.drawing.columns import Columns, Layer, stacked
from chainrule.explain.drawing.diagram import Box, Column, Network, Neuron
from chainrule.explain.drawing.diagram import Link as Line
from chainrule.explain.entries.jacobians import Link
from chainrule.explain.entries.names import entries
from chainrule.explain.entries.symbolic import entry_name
from chainrule.graph import Array, Graph, Node
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant

__all__ = ["network"]

MOST, TALLEST = 150, 40
"""Neurons of a network, and of one column, that are all shown."""

SHOWN = 10
"""Neurons shown of a column that is too tall, or in a network that is too large."""


def network(record: Tensor, derivation: Derivation) -> Network | None:
    """The network behind `record`, or None where no two neurons stand beside each other.

    Of large layers those neurons are shown which the derivation passes, and then those with the
    largest gradients.
    """
    graph = Graph.of([record.node])
    columns = Columns(graph)
    sizes = [sum(layer.size for layer in column) for column in stacked(columns.layers)]
    if len(sizes) < 2 or max(sizes) < 2:
        return None
    return _Reader(graph, columns, derivation).network()


class _Reader:
    """Holds what is looked up for every neuron and edge."""

    def __init__(self, graph: Graph, columns: Columns, derivation: Derivation) -> None:
        self.columns, self.derivation = columns, derivation
        output = Tensor(graph.outputs[0])
        one = constant(np.ones(output.shape, output.node.spec.dtype))
        leaves = [node for node in graph.nodes if node.primitive is None]
        self.adjoints = {node: t.value for node, t in adjoints(output, one, leaves).items()}
        self.selected = {step.name for step in derivation.forward}
        self.whole = not any(step.omitted for step in derivation.backward)
        self.asked: dict[Node, list[int]] = {}
        for chain in derivation.chains:
            for node, index in entries(graph, chain.wrt):
                place = int(np.ravel_multi_index(index, node.spec.shape)) if index else 0
                self.asked.setdefault(node, []).append(place)
        self.ends = self._ends()
        total = sum(layer.size for layer in self.columns.layers)
        self.shown = {layer: self._shown(layer, total) for layer in self.columns.layers}

    def network(self) -> Network:
        columns = tuple(map(self.column, stacked(self.columns.layers)))
        lines = [
            line
            for link, before, after in self.columns.between
            for line in self.lines(link, before, after)
        ]
        return Network(self.derivation.title, self.derivation.output, columns, tuple(lines))

    # which neurons

    def _ends(self) -> dict[Layer, set[int]]:
        """The neurons at the ends of the weights that were asked about."""
        ends: dict[Layer, set[int]] = {layer: set() for layer in self.columns.layers}
        for link, before, after in self.columns.between:
            weights = self.columns.weights(link)
            if weights is not None and weights.parameter in self.asked:
                edges = np.isin(weights.places, self.asked[weights.parameter])
                before_, after_ = link.local.indices[edges], link.local.rows[edges]
                ends[before].update(map(int, before_))
                ends[after].update(map(int, after_))
        return ends

    def _shown(self, layer: Layer, total: int) -> Sequence[int]:
        if layer.size <= SHOWN or (total <= MOST and layer.size <= TALLEST):
            return range(layer.size)
        sizes = np.abs(self.gradient(layer.last))
        first = sorted(
            range(layer.size),
            key=lambda i: (i not in self.ends[layer], not self.passed(layer, i), -sizes[i], i),
        )
        return sorted(first[:SHOWN])

    def passed(self, layer: Layer, place: int) -> bool:
        """Whether the derivation tells of this neuron."""
        return self.whole or any(self.name(node, place) in self.selected for node in layer.nodes)

    # the pieces

    def column(self, layers: Sequence[Layer]) -> Column:
        neurons: list[Neuron] = []
        places: list[int] = []
        size = 0
        for layer in layers:
            neurons += [self.neuron(layer, place) for place in self.shown[layer]]
            places += [size + place for place in self.shown[layer]]
            size += layer.size
        titles = [
            " → ".join(self.columns.units[node].name for node in layer.nodes)
            for layer in layers
            if layer.last.spec.shape
        ]
        several = any(math.prod(layer.last.spec.shape[:-1]) > 1 for layer in layers)
        kind = "entries" if several else "neurons"
        return Column(", ".join(titles), tuple(neurons), tuple(places), size, kind)

    def neuron(self, layer: Layer, place: int) -> Neuron:
        steps = tuple(self.box(node, place) for node in layer.nodes)
        return Neuron(steps, self.passed(layer, place) or place in self.ends[layer])

    def box(self, node: Node, place: int) -> Box:
        assert node.value is not None
        value, gradient = float(node.value.reshape(-1)[place]), float(self.gradient(node)[place])
        return Box(self.name(node, place), self.columns.units[node].op, "", value, gradient)

    def lines(self, link: Link, before: Layer, after: Layer) -> Iterable[Line]:
        local, weights = link.local, self.columns.weights(link)
        upstream, shown = self.gradient(link.consumer), set(self.shown[before])
        for row in self.shown[after]:
            for at in range(local.indptr[row], local.indptr[row + 1]):
                place, value = int(local.indices[at]), float(local.data[at])
                if place not in shown:
                    continue
                weight, gradient, asked = "", value * float(upstream[row]), False
                if weights is not None:
                    entry = int(weights.places[at])
                    weight = self.name(weights.parameter, entry)
                    gradient = float(self.gradient(weights.parameter)[entry])
                    asked = entry in self.asked.get(weights.parameter, ())
                selected = asked or (self.passed(before, place) and self.passed(after, row))
                ends = self.name(before.last, place), self.name(after.last, row)
                yield Line(*ends, weight, value, gradient, selected, asked)

    def gradient(self, node: Node) -> Array:
        """Upstream gradients of the entries, in reading order."""
        found = self.adjoints.get(node)
        return np.zeros(node.spec.size) if found is None else found.reshape(-1)

    def name(self, node: Node, place: int) -> str:
        index = tuple(int(i) for i in np.unravel_index(place, node.spec.shape))
        return entry_name(self.columns.units[node].name, index)
