"""The record as a graph of single entries, with a local gradient on every edge."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from chainrule.explain.entries.entry import Entry, entry_at, entry_name, flat_index
from chainrule.explain.entries.jacobians import (
    JacobianGraph,
    few_jacobians,
    jacobians_of,
    local_jacobians,
)
from chainrule.explain.entries.partition import partition
from chainrule.explain.entries.sparse_matrix import SparseMatrix
from chainrule.formula import Formula
from chainrule.graph import Array, Graph, Indices, Node

__all__ = ["SMALL", "Edge", "EntryGraph", "OutgoingEdges"]

SMALL = 300
"""The most entries of a record that is shown whole; of larger ones, what wanted entries lead to."""


class Edge(NamedTuple):
    """`consumer` depends on `source` directly; `local` is ∂consumer/∂source."""

    source: Entry
    consumer: Entry
    local: float


class OutgoingEdges(NamedTuple):
    """The edges from one entry to the entries of one consumer: their flat indices and gradients."""

    consumer: Node
    indices: Indices
    locals: Array


class EntryGraph:
    """Entries of a record's shown nodes, and the edges between those that matter.

    Of a large record, or with `trim`, only the edges on the way from the `wanted` entries to the
    output are read.  If even these are too many, those of single entries are read when they are
    asked for, unless the graph is wanted in `full`.
    """

    def __init__(
        self,
        graph: Graph,
        resolution: str,
        wanted: Iterable[Entry] = (),
        trim: bool = False,
        full: bool = False,
    ) -> None:
        self.trim, self.full = trim, full
        self.subgraphs = partition(graph, resolution)
        self.output = Entry(graph.outputs[0], (0,) * len(graph.outputs[0].spec.shape))
        self.small = sum(math.prod(node.spec.shape) for node in self.subgraphs) <= SMALL
        self.wanted = list(wanted)
        self._columns: dict[Node, list[tuple[Node, SparseMatrix]]] = {}
        self._read: dict[Node, set[int]] = defaultdict(set)

    @property
    def complete(self) -> bool:
        """Whether all edges on the way are known."""
        return self.jacobian_graph is not None

    @property
    def nodes(self) -> Sequence[Node]:
        """The shown nodes on the way from the wanted entries to the output, in order."""
        if self.jacobian_graph is not None:
            return self.jacobian_graph.nodes
        reached = {entry.node for entry in self.wanted}
        for node, subgraph in self.subgraphs.items():
            if not reached.isdisjoint(subgraph.inputs):
                reached.add(node)
        return [node for node in self.subgraphs if node in reached]

    @cached_property
    def jacobian_graph(self) -> JacobianGraph | None:
        """The local Jacobians between the shown nodes; None if they have too many edges."""
        if self.small and not self.trim:
            return local_jacobians(self.subgraphs, self.output.node)
        wanted: dict[Node, list[int]] = defaultdict(list)
        for entry in self.wanted:
            wanted[entry.node].append(flat_index(entry))
        indices = {node: np.asarray(some) for node, some in wanted.items()}
        of = local_jacobians if self.full else few_jacobians
        return of(self.subgraphs, self.output.node, indices)

    def read(self, entries: Collection[Entry]) -> None:
        """Read the edges from some entries of one node together, which is faster."""
        if self.jacobian_graph is not None or not entries:
            return
        (node,) = {entry.node for entry in entries}
        self._read[node].update(map(flat_index, entries))
        flats = np.sort(np.fromiter(self._read[node], np.intp))
        self._columns[node] = [
            (consumer, matrix.transposed)
            for consumer in self._consumers[node]
            for matrix in jacobians_of(self.subgraphs[consumer], {node: flats}).values()
        ]

    @cached_property
    def _consumers(self) -> dict[Node, list[Node]]:
        found: dict[Node, list[Node]] = {node: [] for node in self.subgraphs}
        for node, subgraph in self.subgraphs.items():
            for source in subgraph.inputs:
                found[source].append(node)
        return found

    def outgoing(self, entry: Entry) -> list[OutgoingEdges]:
        """The edges to consumers of an entry, in the order the consumers are computed."""
        if self.jacobian_graph is None:
            if flat_index(entry) not in self._read[entry.node]:
                self.read([entry])
        elif entry.node not in self._columns:
            self._columns[entry.node] = [
                (jacobian.consumer, jacobian.matrix.transposed)
                for jacobian in self.jacobian_graph.jacobians
                if jacobian.source is entry.node
            ]
        found: list[OutgoingEdges] = []
        for consumer, columns in self._columns[entry.node]:
            here = slice(*columns.indptr[flat_index(entry) :][:2])
            if here.start < here.stop:
                found.append(OutgoingEdges(consumer, columns.indices[here], columns.data[here]))
        return found

    def edges(self, entry: Entry) -> list[Edge]:
        """The same edges one by one."""
        return [
            Edge(entry, entry_at(consumer, flat), float(local))
            for consumer, indices, locals_ in self.outgoing(entry)
            for flat, local in zip(indices, locals_, strict=True)
        ]

    @cached_property
    def all_entries(self) -> list[Entry]:
        """Every entry of the shown nodes, in the order they are computed.

        With `trim`, the wanted ones, those on the way from them to the output, and the output.
        """
        every = [
            Entry(node, index) for node in self.subgraphs for index in np.ndindex(*node.spec.shape)
        ]
        if not self.trim:
            return every
        leading = {*self.wanted, self.output}
        for entry in every:
            if entry in leading:
                leading.update(edge.consumer for edge in self.edges(entry))
        return [entry for entry in every if entry in leading]

    def name(self, entry: Entry) -> str:
        """The node's name with the index of the entry."""
        return entry_name(self.subgraphs[entry.node].name, entry.index)

    def key(self, entry: Entry) -> tuple[str, tuple[int, ...]]:
        """The key of the entry's symbol in formulas."""
        return self.subgraphs[entry.node].name, entry.index

    def value(self, entry: Entry) -> float:
        """The entry's value."""
        assert entry.node.value is not None
        return float(entry.node.value[entry.index])

    def formula(self, entry: Entry) -> Formula:
        """The entry as a formula in the entries it depends on."""
        return self.subgraphs[entry.node].formula(flat_index(entry))

    def local_formula(self, edge: Edge) -> Formula:
        """∂consumer/∂source as a formula."""
        subgraph, source = self.subgraphs[edge.consumer.node], edge.source
        return subgraph.local_formula(flat_index(edge.consumer), source.node, flat_index(source))

    def notes(self, entry: Entry) -> list[str]:
        """The conventions applied where the entry is at a point without a derivative."""
        return self.subgraphs[entry.node].notes(flat_index(entry))
