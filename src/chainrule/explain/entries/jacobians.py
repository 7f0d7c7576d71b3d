"""Local gradients between the results a record is selected in, entry by entry.

A shown result may stand for many operations.  Its Jacobian is the product of theirs, put together
from the end where there is less: from its inputs' entries forwards, or from its own backwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from chainrule.autodiff.local_gradients import local_gradients
from chainrule.explain.entries.sparse import Sparse
from chainrule.explain.entries.units import Unit
from chainrule.graph import Indices, Node, SparseJacobian

__all__ = ["Jacobians", "Link", "jacobians"]


@dataclass(frozen=True)
class Link:
    """All edges between two shown nodes.

    `local` is ∂consumer/∂source, of shape (consumer.size, source.size); an entry is stored, even
    if it is 0, exactly where there is an edge.
    """

    consumer: Node
    source: Node
    local: Sparse


@dataclass(frozen=True)
class Jacobians:
    """The shown nodes, in topological order, and the links between them.

    Only what lies between the entries asked about and the output is there.
    """

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]


def jacobians(
    units: Mapping[Node, Unit], output: Node, wanted: Mapping[Node, Indices] | None = None
) -> Jacobians:
    """The links between `units` that lead from the entries `wanted` to `output`.

    `wanted` maps nodes to flat numbers of their entries; None stands for all entries of all nodes.
    """
    if wanted is None:
        wanted = {node: np.arange(node.spec.size) for node in units}
    reached = {node: _distinct(indices, node.spec.size) for node, indices in wanted.items()}
    found: list[Link] = []
    for node, unit in units.items():
        sources = {s: reached[s] for s in unit.inputs if s in reached and reached[s].size}
        for source, local in _between(unit, sources).items():
            if local.nnz:
                found.append(Link(node, source, local))
                rows = np.flatnonzero(local.counts)
                known = [reached[node]] if node in reached else []
                reached[node] = _distinct(np.concatenate([*known, rows]), node.spec.size)
    links = _leading_to(output, found)
    linked = {node for link in links for node in (link.consumer, link.source)}
    nodes = [node for node in units if node in linked or node is output or node in wanted]
    return Jacobians(tuple(nodes), tuple(links))


def _leading_to(output: Node, links: Iterable[Link]) -> list[Link]:
    """The links without the edges that end somewhere other than at `output`."""
    leads: dict[Node, np.ndarray] = {output: np.ones(output.spec.size, dtype=bool)}
    kept: list[Link] = []
    for link in reversed(list(links)):
        if link.consumer not in leads:
            continue
        local = link.local
        if not leads[link.consumer].all():
            local = local.keeping(leads[link.consumer])
        if local.nnz:
            kept.append(Link(link.consumer, link.source, local))
            mask = leads.setdefault(link.source, np.zeros(link.source.spec.size, dtype=bool))
            mask[local.indices] = True
    return kept[::-1]


def _between(unit: Unit, sources: Mapping[Node, Indices]) -> dict[Node, Sparse]:
    """∂unit/∂source for each of the sources, whose entries given are asked about."""
    if not sources:
        return {}
    if len(unit.inside) == 1:
        return {source: _direct(unit.node, source, indices) for source, indices in sources.items()}
    if unit.node.spec.size <= sum(map(len, sources.values())):
        return _backwards(unit, sources)
    return {source: _forwards(unit, source, indices) for source, indices in sources.items()}


def _direct(
    node: Node, source: Node, columns: Indices | None = None, rows: Indices | None = None
) -> Sparse:
    """∂node/∂source for a direct input, which may stand at several positions."""
    positions = [i for i, one in enumerate(node.inputs) if one is source]
    found = [local_gradients(node, i, rows, columns) for i in positions]
    triples = SparseJacobian(*map(np.concatenate, zip(*found, strict=True)))
    return Sparse.of(triples, (node.spec.size, source.spec.size))


def _forwards(unit: Unit, source: Node, columns: Indices) -> Sparse:
    """From some entries of one source on, node by node."""
    seed = SparseJacobian.of(columns, columns)
    known = {source: Sparse.of(seed, (source.spec.size, source.spec.size))}
    for node in unit.inside:
        parts: list[Sparse] = []
        for before in dict.fromkeys(node.inputs):
            if before in known:
                reached = np.flatnonzero(known[before].counts)
                parts.append(_direct(node, before, columns=reached) @ known[before])
        if parts:
            known[node] = reduce(add, parts)
    empty = Sparse.of(SparseJacobian.empty(), (unit.node.spec.size, source.spec.size))
    return known.get(unit.node, empty)


def _backwards(unit: Unit, sources: Mapping[Node, Indices]) -> dict[Node, Sparse]:
    """From the unit's own entries back, node by node, to all sources at once."""
    rows = np.arange(unit.node.spec.size)
    known: dict[Node, list[Sparse]] = {
        unit.node: [Sparse.of(SparseJacobian.of(rows, rows), (rows.size, rows.size))]
    }
    for node in reversed(unit.inside):
        if node not in known:
            continue
        above = reduce(add, known.pop(node))
        reached = _distinct(above.indices, node.spec.size)
        for before in dict.fromkeys(node.inputs):
            if before.primitive or before in sources:
                below = _direct(node, before, columns=sources.get(before), rows=reached)
                if below.nnz:
                    known.setdefault(before, []).append(above @ below)
    return {source: reduce(add, known[source]) for source in sources if source in known}


def _distinct(indices: Indices, size: int) -> Indices:
    """Each place once, in order; faster than a sort or a hash."""
    mask = np.zeros(size, dtype=bool)
    mask[indices] = True
    return np.flatnonzero(mask)
