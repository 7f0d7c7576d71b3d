"""Local Jacobians between the shown nodes of a record, as sparse matrices.

A subgraph may hold many operations.  Its Jacobian is the product of theirs, accumulated from the
side with fewer entries: forwards from those of its inputs, or backwards from its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add
from typing import NamedTuple

import numpy as np

from chainrule.autodiff.local_gradients import local_gradients
from chainrule.explain.entries.sparse_matrix import SparseMatrix
from chainrule.explain.entries.subgraph import Subgraph
from chainrule.graph import Indices, Node, SparseJacobian

__all__ = [
    "MAX_EDGES",
    "JacobianGraph",
    "LocalJacobian",
    "few_jacobians",
    "jacobians_of",
    "local_jacobians",
]

MAX_EDGES = 1_000_000
"""The most edges of a record that are all read, unless everything is asked for."""

SAMPLED = 5
"""The number of entries whose edges are counted, to estimate those of many."""


class LocalJacobian(NamedTuple):
    """∂consumer/∂source for two shown nodes, of shape (consumer.size, source.size).

    An entry is stored, even if it is 0, exactly where there is an edge between two entries.
    """

    consumer: Node
    source: Node
    matrix: SparseMatrix


class JacobianGraph(NamedTuple):
    """Shown nodes in topological order, and the local Jacobians between them.

    It has only the edges that lead from the entries asked about to the output.
    """

    nodes: tuple[Node, ...]
    jacobians: tuple[LocalJacobian, ...]


def local_jacobians(
    subgraphs: Mapping[Node, Subgraph],
    output: Node,
    wanted: Mapping[Node, Indices] | None = None,
) -> JacobianGraph:
    """The local Jacobians on the way from the `wanted` entries to `output`.

    `wanted` maps nodes to flat indices of their entries; None stands for all entries of all nodes.
    """
    found = _jacobian_graph(subgraphs, output, wanted, math.inf)
    assert found is not None, "there is no limit"
    return found


def few_jacobians(
    subgraphs: Mapping[Node, Subgraph],
    output: Node,
    wanted: Mapping[Node, Indices] | None = None,
    most: float | None = None,
) -> JacobianGraph | None:
    """The same; None if there are more than `most` edges, found out before all are read.

    By default `most` is MAX_EDGES.
    """
    return _jacobian_graph(subgraphs, output, wanted, MAX_EDGES if most is None else most)


def _jacobian_graph(
    subgraphs: Mapping[Node, Subgraph],
    output: Node,
    wanted: Mapping[Node, Indices] | None,
    most: float,
) -> JacobianGraph | None:
    if wanted is None:
        wanted = {node: np.arange(node.spec.size) for node in subgraphs}
    reached = {node: _distinct(indices, node.spec.size) for node, indices in wanted.items()}
    found: list[LocalJacobian] = []
    for node, subgraph in subgraphs.items():
        sources = {s: reached[s] for s in subgraph.inputs if s in reached and reached[s].size}
        largest = node.spec.size * sum(map(len, sources.values()))
        if largest > most and _estimated_edges(subgraph, sources) > most:
            return None
        for source, matrix in jacobians_of(subgraph, sources).items():
            if matrix.nnz:
                found.append(LocalJacobian(node, source, matrix))
                most -= matrix.nnz
                rows = np.flatnonzero(matrix.row_counts)
                known = [reached[node]] if node in reached else []
                reached[node] = _distinct(np.concatenate([*known, rows]), node.spec.size)
    leading = _leading_to(output, found)
    linked = {node for jacobian in leading for node in (jacobian.consumer, jacobian.source)}
    nodes = [node for node in subgraphs if node in linked or node is output or node in wanted]
    return JacobianGraph(tuple(nodes), tuple(leading))


def _leading_to(output: Node, jacobians: Iterable[LocalJacobian]) -> list[LocalJacobian]:
    """The Jacobians without the edges that do not lead to `output`."""
    leads: dict[Node, np.ndarray] = {output: np.ones(output.spec.size, dtype=bool)}
    kept: list[LocalJacobian] = []
    for jacobian in reversed(list(jacobians)):
        if jacobian.consumer not in leads:
            continue
        source, matrix = jacobian.source, jacobian.matrix
        if not leads[jacobian.consumer].all():
            matrix = matrix.with_rows(leads[jacobian.consumer])
        if matrix.nnz:
            kept.append(LocalJacobian(jacobian.consumer, source, matrix))
            mask = leads.setdefault(source, np.zeros(source.spec.size, dtype=bool))
            mask[matrix.indices] = True
    return kept[::-1]


def _estimated_edges(subgraph: Subgraph, sources: Mapping[Node, Indices]) -> float:
    """The number of edges from many entries, extrapolated from those of a few of them."""
    edges = 0.0
    for source, columns in sources.items():
        if len(columns) <= SAMPLED:
            continue
        few = columns[((np.arange(SAMPLED) + 0.5) / SAMPLED * len(columns)).astype(np.intp)]
        sampled = jacobians_of(subgraph, {source: few})
        found = sum(matrix.nnz for matrix in sampled.values())
        edges += found * len(columns) / len(few)
    return edges


def jacobians_of(subgraph: Subgraph, sources: Mapping[Node, Indices]) -> dict[Node, SparseMatrix]:
    """The Jacobian of a subgraph for each source, in the columns given for it."""
    if not sources:
        return {}
    if len(subgraph.operations) == 1:
        node = subgraph.node
        return {source: _of_operation(node, source, columns) for source, columns in sources.items()}
    if subgraph.node.spec.size <= sum(map(len, sources.values())):
        return _accumulated_backwards(subgraph, sources)
    return {
        source: _accumulated_forwards(subgraph, source, columns)
        for source, columns in sources.items()
    }


def _of_operation(
    node: Node, source: Node, columns: Indices | None = None, rows: Indices | None = None
) -> SparseMatrix:
    """∂node/∂source of one operation, which may have `source` as several of its operands."""
    # to look for entries among all of them takes longer than to read them
    columns = None if columns is not None and len(columns) == source.spec.size else columns
    rows = None if rows is not None and len(rows) == node.spec.size else rows
    positions = [i for i, one in enumerate(node.inputs) if one is source]
    found = [local_gradients(node, i, rows, columns) for i in positions]
    triples = SparseJacobian(*map(np.concatenate, zip(*found, strict=True)))
    return SparseMatrix.from_triples(triples, (node.spec.size, source.spec.size))


def _accumulated_forwards(subgraph: Subgraph, source: Node, columns: Indices) -> SparseMatrix:
    """The Jacobian in some columns of one source, accumulated from that source on."""
    seed = SparseJacobian.of(columns, columns)
    known = {source: SparseMatrix.from_triples(seed, (source.spec.size, source.spec.size))}
    for node in subgraph.operations:
        parts: list[SparseMatrix] = []
        for before in dict.fromkeys(node.inputs):
            if before in known:
                reached = np.flatnonzero(known[before].row_counts)
                parts.append(_of_operation(node, before, columns=reached) @ known[before])
        if parts:
            known[node] = reduce(add, parts)
    shape = subgraph.node.spec.size, source.spec.size
    return known.get(subgraph.node, SparseMatrix.from_triples(SparseJacobian.empty(), shape))


def _accumulated_backwards(
    subgraph: Subgraph, sources: Mapping[Node, Indices]
) -> dict[Node, SparseMatrix]:
    """The Jacobians for all sources at once, accumulated from the subgraph's own entries back."""
    rows = np.arange(subgraph.node.spec.size)
    identity = SparseMatrix.from_triples(SparseJacobian.of(rows, rows), (rows.size, rows.size))
    known: dict[Node, list[SparseMatrix]] = {subgraph.node: [identity]}
    for node in reversed(subgraph.operations):
        if node not in known:
            continue
        above = reduce(add, known.pop(node))
        reached = _distinct(above.indices, node.spec.size)
        for before in dict.fromkeys(node.inputs):
            if before.primitive or before in sources:
                below = _of_operation(node, before, columns=sources.get(before), rows=reached)
                if below.nnz:
                    known.setdefault(before, []).append(above @ below)
    return {source: reduce(add, known[source]) for source in sources if source in known}


def _distinct(indices: Indices, size: int) -> Indices:
    """Each index once, in order; a mask is faster than a sort or a hash."""
    mask = np.zeros(size, dtype=bool)
    mask[indices] = True
    return np.flatnonzero(mask)
