"""A gradient as a sum over paths: counted in the whole record, or among the selected entries."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from chainrule.explain.derivation.selection import Selection
from chainrule.explain.derivation.steps import Chain, Factor, Product
from chainrule.explain.entries import (
    Edge,
    Entry,
    EntryGraph,
    SparseMatrix,
    entry_at,
    flat_index,
)
from chainrule.explain.paths import Paths, PathSum, Vertex
from chainrule.explain.paths.path import N
from chainrule.graph import Node, SparseJacobian

__all__ = ["ChainWriter"]

ALL_PATHS, LARGEST_PATHS = 6, 3
"""By default all paths are shown if there are at most ALL_PATHS, else the LARGEST_PATHS largest."""


class ChainWriter:
    """Writes the chains of one derivation, with a number of paths or by default a few.

    If the edges of the record are too many to be read, only the paths along the contributions that
    the selection shows are counted.  By default no chain has more than `most_factors`, if they are
    limited.
    """

    def __init__(
        self,
        entries: EntryGraph,
        selection: Selection,
        paths: int | None,
        most_factors: int | None = None,
    ) -> None:
        self.entries, self.selection, self.path_count = entries, selection, paths
        self.most_factors = most_factors
        self._k = max(ALL_PATHS, paths or 0)

    def chain(self, entry: Entry) -> Chain:
        """∂output/∂entry as a sum over paths."""
        if self.entries.complete:
            found = self._paths.to(entry.node, flat_index(entry))
            return self._chain(entry, found, lambda vertex: self.entries.name(entry_at(*vertex)))
        some = self._selected_paths.to(entry, 0)
        return self._chain(entry, some, lambda vertex: self.entries.name(vertex[0]))

    @cached_property
    def _paths(self) -> Paths[Node]:
        """All paths."""
        graph = self.entries.jacobian_graph
        assert graph is not None, "the chain is complete"
        return Paths(list(self.entries.subgraphs), graph.jacobians, self._k)

    @cached_property
    def _selected_paths(self) -> Paths[Entry]:
        """The paths along the contributions that are shown, each entry an array of its own."""
        selected = list(self.selection.selected)
        known = set(selected)
        edges = (edge for entry in selected for edge in self.selection.shown(entry))
        inside = [edge for edge in edges if edge.consumer in known]
        return Paths(selected, map(_EntryJacobian.of, inside), self._k)

    def _chain(self, entry: Entry, found: PathSum[N], name: Callable[[Vertex[N]], str]) -> Chain:
        few = ALL_PATHS if found.count <= ALL_PATHS else LARGEST_PATHS
        if self.path_count is None and self.most_factors and found.top:
            # as many as there is room for, and one at least
            few = min(few, max(1, self.most_factors // max(1, len(found.top[0].factors))))
        shown = found.top[: few if self.path_count is None else self.path_count]
        products = tuple(
            Product(
                tuple(
                    Factor(name(of), name(by), value)
                    for (of, by), value in zip(pairwise(path.vertices), path.factors, strict=True)
                ),
                path.product,
            )
            for path in shown
        )
        gradient = self.selection.upstream(entry)
        rest = found.remainder + sum(path.product for path in found.top[len(shown) :])
        if not self.entries.complete:
            rest = gradient - sum(path.product for path in shown)
        return Chain(
            wrt=self.entries.name(entry),
            gradient=gradient,
            count=found.count,
            products=products,
            rest=rest,
            positive=found.positive,
            negative=found.negative,
            complete=self.entries.complete,
        )


class _EntryJacobian(NamedTuple):
    """A single edge as a Jacobian between two arrays of one entry."""

    consumer: Entry
    source: Entry
    matrix: SparseMatrix

    @classmethod
    def of(cls, edge: Edge) -> _EntryJacobian:
        first = np.zeros(1, np.intp)
        triples = SparseJacobian.of(first, first, edge.local)
        return cls(edge.consumer, edge.source, SparseMatrix.from_triples(triples, (1, 1)))
