"""Selects what a derivation shows: all of a small record, the largest flows of a large one.

Of a small record that is trimmed, all that the wanted entries lead to.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from chainrule.explain.derivation.budget import Budget
from chainrule.explain.entries.entry import Entry, entry_at, flat_index
from chainrule.explain.entries.entry_graph import Edge, EntryGraph
from chainrule.explain.entries.formulas import SHOWN_TERMS
from chainrule.explain.paths.products import times
from chainrule.graph import Array, Node

__all__ = ["Selection"]

MAX_WIDTH, MIN_WIDTH, MAX_SELECTED = 6, 2, 50
"""How many entries of each result of a large record are selected: those with the largest flow.

MAX_WIDTH of them or, in a deep record, fewer, so that about MAX_SELECTED are selected in all, but
at least MIN_WIDTH.  More are selected only where an entry selected before would lack its largest
contribution.
"""


MAX_CHOSEN = 200
"""Within a budget, once this many entries are selected, no result gets more than its width."""


class Selection:
    """The selected entries, in order, and which of their contributions are shown.

    `gradient` gives the upstream gradients of nodes.  For every selected entry of a large record
    the largest contributions are shown, and the consumers they come from are candidates in turn.
    With a budget, the number of entries and the time are limited.
    """

    def __init__(
        self,
        graph: EntryGraph,
        gradient: Callable[[Node], Array],
        wanted: Sequence[Entry],
        budget: Budget | None = None,
    ) -> None:
        self.graph, self.gradient, self.budget = graph, gradient, budget
        self._shown: dict[Entry, list[Edge]] = {}
        self._count: dict[Entry, int] = {}
        self._flow: dict[Entry, float] = {}
        if graph.small:
            for entry in graph.all_entries:
                self._shown[entry] = graph.edges(entry)
                self._count[entry] = len(self._shown[entry])
        else:
            self._select_from(wanted)
            self._show_selected_terms()

    @property
    def selected(self) -> Iterable[Entry]:
        """The selected entries, in the order they are computed."""
        return self._shown.keys()

    def largest_first(self) -> list[Entry]:
        """The selected entries of a large record by what flows through them.

        The output and the wanted entries come first: everything flows through these.
        """
        ends = {self.graph.output, *self.graph.wanted}
        return sorted(
            self.selected,
            key=lambda one: (one not in ends, -abs(self._flow.get(one, 0.0) * self.upstream(one))),
        )

    def shown(self, entry: Entry) -> list[Edge]:
        """The contributions to an entry's gradient that are shown."""
        return self._shown[entry]

    def omitted(self, entry: Entry) -> int:
        """The number of contributions that are not shown."""
        return self._count[entry] - len(self._shown[entry])

    def upstream(self, entry: Entry) -> float:
        """∂output/∂entry."""
        return float(self.gradient(entry.node)[entry.index])

    def product(self, edge: Edge) -> float:
        """The contribution of an edge: local × upstream."""
        return float(times(edge.local, self.upstream(edge.consumer)))

    def rest(self, entry: Entry) -> float:
        """The sum of the contributions that are not shown."""
        shown = [self.product(edge) for edge in self.shown(entry)]
        return math.fsum([self.upstream(entry), *(-product for product in shown)])

    def _select_from(self, wanted: Sequence[Entry]) -> None:
        """Select, node by node towards the output, the entries with the largest flow."""
        output, nodes = self.graph.output, self.graph.nodes
        width = max(MIN_WIDTH, min(MAX_WIDTH, MAX_SELECTED // len(nodes)))
        flow: dict[Entry, float] = dict.fromkeys(wanted, 1.0)
        into: dict[Node, list[Edge]] = defaultdict(list)
        for node in nodes:
            chosen = self._largest_consumers(into[node], flow, width)
            chosen = self._within_budget(chosen, flow, width)
            chosen.update(entry for entry in (*wanted, output) if entry.node is node)
            self.graph.read(chosen)
            for entry in sorted(chosen, key=lambda entry: entry.index):
                self._shown[entry] = self._largest_edges(entry)
                for edge in self._shown[entry]:
                    into[edge.consumer.node].append(edge)
        self._flow = flow
        for entry, edges in self._shown.items():
            shown = [edge for edge in edges if edge.consumer in self._shown]
            # beyond a budget, the largest consumer need not be selected
            self._shown[entry] = shown or edges[:1]

    def _within_budget(
        self, chosen: set[Entry], flow: Mapping[Entry, float], width: int
    ) -> set[Entry]:
        """What is chosen; only the largest `width` if many are selected, none if time is over."""
        if self.budget is None or len(self._shown) + len(chosen) <= MAX_CHOSEN:
            return chosen
        if self.budget.half_over:
            return set()
        return set(sorted(chosen, key=lambda one: -abs(flow[one] * self.upstream(one)))[:width])

    def _show_selected_terms(self) -> None:
        """Make formulas show the terms with selected entries."""
        selected: dict[Node, list[int]] = defaultdict(list)
        for entry in self.selected:
            selected[entry.node].append(flat_index(entry))
        indices = {node: np.asarray(flat) for node, flat in selected.items()}
        for node in selected:
            self.graph.subgraphs[node].always_show(indices)

    def _largest_consumers(
        self, edges: list[Edge], flow: dict[Entry, float], width: int
    ) -> set[Entry]:
        """The largest consumer of each source, then the others with the largest flow."""
        for edge in edges:
            flow[edge.consumer] = flow.get(edge.consumer, 0.0) + edge.local * flow[edge.source]
        best: dict[Entry, Edge] = {}
        for edge in sorted(edges, key=lambda edge: -abs(self.product(edge))):
            best.setdefault(edge.source, edge)
        chosen = {edge.consumer for edge in best.values()}
        others = dict.fromkeys(edge.consumer for edge in edges if edge.consumer not in chosen)
        ranked = sorted(others, key=lambda entry: -abs(flow[entry] * self.upstream(entry)))
        return chosen | set(ranked[: max(0, width - len(chosen))])

    def _largest_edges(self, entry: Entry) -> list[Edge]:
        """The largest contributions, largest first; all, in reading order, if there are few."""
        outgoing = self.graph.outgoing(entry)
        self._count[entry] = sum(len(edges.indices) for edges in outgoing)
        if self._count[entry] <= SHOWN_TERMS + 1:
            return self.graph.edges(entry)
        largest: list[Edge] = []
        for consumer, indices, locals_ in outgoing:
            sizes = abs(times(locals_, self.gradient(consumer).ravel()[indices]))
            largest += [
                Edge(entry, entry_at(consumer, int(indices[i])), float(locals_[i]))
                for i in (-sizes).argsort(kind="stable")[:SHOWN_TERMS]
            ]
        return sorted(largest, key=lambda edge: -abs(self.product(edge)))[:SHOWN_TERMS]
