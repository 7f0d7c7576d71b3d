"""What is selected of a record: all of a small one, and of a large one what matters most."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from chainrule.explain.entries.cells import Cell, Cells, Edge, entry, flat
from chainrule.explain.entries.symbolic import LARGEST
from chainrule.graph import Array, Node

__all__ = ["Selection"]

WIDEST, NARROWEST, ENOUGH = 6, 2, 50
"""Entries of one result that are selected in a large record, the ones the most gradient flows through:
so many, or fewer in a deep record, to tell about ENOUGH in all.  More only if an entry selected before
would be left without the one it contributes to most."""


class Selection:
    """Which entries are selected, in order, and which of their contributions are shown.

    `gradient` gives the upstream gradients of nodes.  Of every entry of a large record the largest
    contributions are shown; what they come from is selected in turn.
    """

    def __init__(
        self, cells: Cells, gradient: Callable[[Node], Array], wanted: Sequence[Cell]
    ) -> None:
        self.cells, self.gradient = cells, gradient
        self._shown: dict[Cell, list[Edge]] = {}
        self._count: dict[Cell, int] = {}
        if cells.small:
            for cell in cells.everything:
                self._shown[cell] = cells.edges(cell)
                self._count[cell] = len(self._shown[cell])
        else:
            self._follow(wanted)
            self._mark()

    @property
    def selected(self) -> Iterable[Cell]:
        """The entries selected, in the order they are computed."""
        return self._shown.keys()

    def shown(self, cell: Cell) -> list[Edge]:
        """The contributions to a cell's gradient that are shown."""
        return self._shown[cell]

    def omitted(self, cell: Cell) -> int:
        """How many more there are."""
        return self._count[cell] - len(self._shown[cell])

    def upstream(self, cell: Cell) -> float:
        """∂output/∂cell."""
        return float(self.gradient(cell.node)[cell.index])

    def product(self, edge: Edge) -> float:
        """What an edge contributes: local × upstream."""
        return edge.local * self.upstream(edge.consumer)

    def _follow(self, wanted: Sequence[Cell]) -> None:
        """From the entries wanted on, node by node: of each the entries with the largest flow."""
        output, nodes = self.cells.output, self.cells.jacobians.nodes
        width = max(NARROWEST, min(WIDEST, ENOUGH // len(nodes)))
        flow: dict[Cell, float] = dict.fromkeys(wanted, 1.0)
        into: dict[Node, list[Edge]] = defaultdict(list)
        for node in nodes:
            chosen = self._widest(into[node], flow, width)
            chosen.update(cell for cell in (*wanted, output) if cell.node is node)
            for cell in sorted(chosen, key=lambda cell: cell.index):
                self._shown[cell] = self._largest(cell)
                for edge in self._shown[cell]:
                    into[edge.consumer.node].append(edge)
        for cell, edges in self._shown.items():
            self._shown[cell] = [edge for edge in edges if edge.consumer in self._shown]

    def _mark(self) -> None:
        """Formulas show the terms with entries that are selected."""
        selected: dict[Node, list[int]] = defaultdict(list)
        for cell in self.selected:
            selected[cell.node].append(flat(cell))
        indices = {node: np.asarray(numbers) for node, numbers in selected.items()}
        for node in selected:
            self.cells.units[node].mark(indices)

    def _widest(self, edges: list[Edge], flow: dict[Cell, float], width: int) -> set[Cell]:
        """The consumers of these edges through which the most flows."""
        for edge in edges:
            flow[edge.consumer] = flow.get(edge.consumer, 0.0) + edge.local * flow[edge.source]
        best: dict[Cell, Edge] = {}
        for edge in sorted(edges, key=lambda edge: -abs(self.product(edge))):
            best.setdefault(edge.source, edge)
        chosen = {edge.consumer for edge in best.values()}
        others = dict.fromkeys(edge.consumer for edge in edges if edge.consumer not in chosen)
        ranked = sorted(others, key=lambda cell: -abs(flow[cell] * self.upstream(cell)))
        return chosen | set(ranked[: max(0, width - len(chosen))])

    def _largest(self, cell: Cell) -> list[Edge]:
        """The largest contributions, the largest first; if there are few all, in reading order."""
        leaving = self.cells.leaving(cell)
        self._count[cell] = sum(len(one.indices) for one in leaving)
        if self._count[cell] <= LARGEST + 1:
            return self.cells.edges(cell)
        largest: list[Edge] = []
        for consumer, indices, locals_ in leaving:
            sizes = abs(locals_ * self.gradient(consumer).ravel()[indices])
            largest += [
                Edge(cell, entry(consumer, int(indices[i])), float(locals_[i]))
                for i in (-sizes).argsort(kind="stable")[:LARGEST]
            ]
        return sorted(largest, key=lambda edge: -abs(self.product(edge)))[:LARGEST]

    def rest(self, cell: Cell) -> float:
        """What the contributions that are not shown come to."""
        shown = [self.product(edge) for edge in self.shown(cell)]
        return math.fsum([self.upstream(cell), *(-product for product in shown)])
