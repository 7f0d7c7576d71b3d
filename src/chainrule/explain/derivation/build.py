"""Builds the derivation of a record."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from chainrule.autodiff.reverse import check_scalar
from chainrule.errors import OptionError
from chainrule.explain.derivation.abridged_sums import abridged
from chainrule.explain.derivation.descent import descent
from chainrule.explain.derivation.parameters import given_names, refuse_update
from chainrule.explain.derivation.selection import Selection
from chainrule.explain.derivation.steps import (
    BackwardStep,
    Chain,
    Contribution,
    Derivation,
    Factor,
    ForwardStep,
    Local,
    Product,
    Update,
)
from chainrule.explain.derivation.zeros import precision_of, zeros
from chainrule.explain.entries import (
    Edge,
    Entry,
    EntryGraph,
    check_domain,
    check_gradients,
    entries_named,
    entry_at,
    example_name,
    flat_index,
    resolution_of,
    upstream_gradients,
)
from chainrule.explain.entries.entry_values import EntryValues, Key
from chainrule.explain.paths import Paths, Vertex
from chainrule.formula import Formula, Symbol
from chainrule.graph import Array, Graph, Node
from chainrule.ops import Tensor, inline

__all__ = ["build"]

ALL_PATHS, LARGEST_PATHS = 6, 3
"""By default all paths are shown if there are at most ALL_PATHS, else the LARGEST_PATHS largest."""

"""An entry of a record: the name of its array, and the index."""

MAX_ENTRIES = 20
"""The most entries of a large record that one derivation explains."""


def build(
    output: Tensor,
    wrt: Sequence[str | Tensor] | None,
    learning_rate: float | None,
    parameters: Sequence[str] | None,
    resolution: str | None,
    title: str,
    paths: int | None = None,
    inputs: Sequence[str] = (),
    repeat: int = 1,
    trim: bool = False,
) -> Derivation:
    """The derivation of `output`; see `chainrule.explain`."""
    check_scalar(output, "explain")
    graph = inline(Graph.of([output.node]))
    check_domain(graph)
    steps = resolution_of(graph, resolution)
    builder = _Builder(graph, wrt, parameters, steps, paths, inputs, trim)
    return builder.derivation(title, learning_rate, repeat)


class _Builder:
    """Builds one derivation; its parts share the entries, their gradients and the selection."""

    def __init__(
        self,
        graph: Graph,
        wrt: Sequence[str | Tensor] | None,
        parameters: Sequence[str] | None,
        resolution: str,
        paths: int | None,
        inputs: Sequence[str],
        trim: bool,
    ) -> None:
        self.graph, self.path_count = graph, paths
        self.names = graph.names()
        named = [entry for one in wrt or () for entry in entries_named(graph, one)]
        upstream = upstream_gradients(graph)
        self.adjoints: dict[Node, Array] = {node: t.value for node, t in upstream.items()}
        if wrt is None:
            check_gradients(graph, self.adjoints)
        else:  # slopes that nobody asked for may be infinite: then they are left out
            trim = trim or not all(np.isfinite(found).all() for found in self.adjoints.values())
        trim = trim and bool(named)
        self.entries = EntryGraph(graph, resolution, named, trim)
        self.wrt = self._wanted(named, all_variables=wrt is None)
        self.updated, self.stays = self._learnt(parameters, inputs, wrt)
        self._locals: dict[Edge, Local] = {}
        self.selection = Selection(self.entries, self._upstream, self.wrt)
        if wrt is not None:
            self._check_selected()

    def _wanted(self, named: list[Entry], all_variables: bool) -> list[Entry]:
        if self.entries.small:
            variables = [entry for entry in self.entries.all_entries if entry.node.variable]
            return variables if all_variables else named
        if not 0 < len(named) <= MAX_ENTRIES:
            raise OptionError(
                "explain",
                expected=f"at most {MAX_ENTRIES} entries to explain in a record of this size",
                got=str(len(named) or "none"),
                remedy=f'name one, such as wrt="{example_name(self.graph)}"',
            )
        return named

    def _learnt(
        self, parameters: Sequence[str] | None, inputs: Sequence[str], wrt: object
    ) -> tuple[list[Entry], list[str]]:
        """The entries that an update changes, and the names of the variables that it leaves."""
        kept = {e for one in inputs for e in entries_named(self.graph, one, "inputs")}
        if parameters is not None:
            chosen = [
                entry for one in parameters for entry in entries_named(self.graph, one, "learn")
            ]
            return [e for e in dict.fromkeys(chosen) if e not in kept], []
        names = {node: self.names[node] for node in self.graph.nodes if node.variable}
        given = given_names(names.values())
        candidates = self.wrt
        learnt = [e for e in candidates if e not in kept and names.get(e.node) not in given]
        if not learnt and wrt is not None:  # asked for one by one
            learnt = [e for e in candidates if e not in kept]
        left = (self.entries.name(e) for e in candidates if e not in set(learnt))
        return learnt, list(dict.fromkeys(left))

    def _check_selected(self) -> None:
        """Raise DomainError for a selected entry whose gradient is not finite."""
        for entry in self.selection.selected:
            found = np.asarray(self._upstream(entry.node)[entry.index])
            if not np.isfinite(found):
                check_gradients(self.graph, {entry.node: found})

    def derivation(self, title: str, learning_rate: float | None, repeat: int) -> Derivation:
        if learning_rate is not None and not self.updated:
            refuse_update([self.entries.name(entry) for entry in self.wrt])
        selected = list(self.selection.selected)
        output = self.entries.output
        derivation = Derivation(
            title=title,
            output=self.entries.name(output),
            value=self.entries.value(output),
            forward=tuple(self._forward(entry) for entry in selected),
            backward=tuple(self._backward(entry) for entry in reversed(selected)),
            chains=tuple(self._chain(entry) for entry in self.wrt),
            updates=()
            if learning_rate is None
            else tuple(self._update(entry, learning_rate) for entry in self.updated),
            gradients=self._gradients(),
            ranked=self.path_count is not None,
            operands=tuple(self._operands(selected)),
            stays=() if learning_rate is None else tuple(self.stays),
            descent=()
            if learning_rate is None or not self.updated
            else tuple(descent(self.graph, self.updated, learning_rate, repeat)),
        )
        keys = [self.entries.key(entry) for entry in selected]
        precisions = [precision_of(entry.node.spec.dtype) for entry in selected]
        return replace(derivation, zeros=zeros(derivation, keys, precisions))

    # numbers

    def _upstream(self, node: Node) -> Array:
        if node not in self.adjoints:
            self.adjoints[node] = np.zeros(node.spec.shape)
        return self.adjoints[node]

    def _gradient(self, entry: Entry) -> float:
        return self.selection.upstream(entry)

    def _substituted(self, formula: Formula) -> Formula:
        return formula.substitute(self._values)

    def _abridged(self, formula: Formula) -> Formula:
        return abridged(formula, self._values, self._selected_keys)

    @cached_property
    def _selected_keys(self) -> frozenset[Key]:
        """Keys of the entries selected from a large record; none in a small one, shown whole."""
        entries = () if self.entries.small else self.selection.selected
        return frozenset(map(self.entries.key, entries))

    @cached_property
    def _values(self) -> dict[Key, float]:
        return EntryValues(self.entries)

    # steps

    def _forward(self, entry: Entry) -> ForwardStep:
        subgraph = self.entries.subgraphs[entry.node]
        name, value = self.entries.name(entry), self.entries.value(entry)
        if subgraph.leaf:
            symbol = Symbol(name, entry=self.entries.key(entry))
            return ForwardStep(name, subgraph.node.kind, symbol, symbol, value, array=subgraph.name)
        formula = self._abridged(self.entries.formula(entry))
        incoming = self._incoming.get(entry, [])
        locals_ = tuple(self._local(edge) for edge in incoming)
        substituted = self._substituted(formula)
        return ForwardStep(
            name, subgraph.op, formula, substituted, value, locals_, array=subgraph.name
        )

    def _operands(self, selected: Sequence[Entry]) -> Iterator[ForwardStep]:
        """What the steps of a trimmed record read besides what is explained."""
        if not (self.entries.trim and self.entries.small):
            return
        explained = {self.entries.key(entry) for entry in selected}
        read: dict[Key, Symbol] = {}
        for entry in selected:
            if not self.entries.subgraphs[entry.node].leaf:
                locals_ = (self._local(edge).formula for edge in self._incoming.get(entry, []))
                for formula in (self.entries.formula(entry), *locals_):
                    for symbol in formula.unknowns():
                        if symbol.entry is not None and symbol.entry not in explained:
                            read.setdefault(symbol.entry, symbol)
        for key, symbol in read.items():
            value = self._values[key]
            yield ForwardStep(symbol.name, "given", symbol, symbol, value, array=key[0])

    @cached_property
    def _incoming(self) -> dict[Entry, list[Edge]]:
        """The shown edges by consumer, in reading order."""
        incoming: dict[Entry, list[Edge]] = {}
        for entry in self.selection.selected:
            for edge in self.selection.shown(entry):
                incoming.setdefault(edge.consumer, []).append(edge)
        return incoming

    def _local(self, edge: Edge) -> Local:
        if edge not in self._locals:
            formula = self._abridged(self.entries.local_formula(edge))
            name = self.entries.name(edge.source)
            self._locals[edge] = Local(name, formula, self._substituted(formula), edge.local)
        return self._locals[edge]

    def _backward(self, entry: Entry) -> BackwardStep:
        shown, omitted = self.selection.shown(entry), self.selection.omitted(entry)
        notes = [note for edge in shown for note in self.entries.notes(edge.consumer)]
        for edge in shown:
            if not math.isfinite(edge.local):
                name, via = self.entries.name(entry), self.entries.name(edge.consumer)
                notes.append(
                    f"∂{via}/∂{name} is not finite here, but nothing comes back to {via}:"
                    " their product counts as 0"
                )
        return BackwardStep(
            name=self.entries.name(entry),
            gradient=self._gradient(entry),
            contributions=tuple(
                Contribution(
                    self.entries.name(edge.consumer),
                    self._local(edge),
                    self._gradient(edge.consumer),
                    self.selection.product(edge),
                )
                for edge in shown
            ),
            omitted=omitted,
            rest=self.selection.rest(entry) if omitted else 0.0,
            notes=tuple(dict.fromkeys(notes)),
        )

    @cached_property
    def _paths(self) -> Paths[Node]:
        order, jacobians = list(self.entries.subgraphs), self.entries.jacobian_graph.jacobians
        return Paths(order, jacobians, max(ALL_PATHS, self.path_count or 0))

    def _chain(self, entry: Entry) -> Chain:
        found = self._paths.to(entry.node, flat_index(entry))
        few = ALL_PATHS if found.count <= ALL_PATHS else LARGEST_PATHS
        shown = found.top[: few if self.path_count is None else self.path_count]
        products = tuple(
            Product(
                tuple(
                    Factor(self._vertex_name(of), self._vertex_name(by), value)
                    for (of, by), value in zip(pairwise(path.vertices), path.factors, strict=True)
                ),
                path.product,
            )
            for path in shown
        )
        rest = found.remainder + sum(path.product for path in found.top[len(shown) :])
        return Chain(
            wrt=self.entries.name(entry),
            gradient=self._gradient(entry),
            count=found.count,
            products=products,
            rest=rest,
            positive=found.positive,
            negative=found.negative,
        )

    def _vertex_name(self, vertex: Vertex[Node]) -> str:
        return self.entries.name(entry_at(*vertex))

    def _update(self, entry: Entry, learning_rate: float) -> Update:
        old, gradient = self.entries.value(entry), self._gradient(entry)
        new = old - learning_rate * gradient
        return Update(self.entries.name(entry), old, gradient, learning_rate, new)

    def _gradients(self) -> dict[str, object]:
        """The whole gradients of all leaves and named nodes."""
        found: dict[str, object] = {}
        shown = {entry.node for entry in self.selection.selected}
        for node, subgraph in self.entries.subgraphs.items():
            if (node.variable or node.name) and (node in shown or not self.entries.trim):
                zeros = np.zeros(node.spec.shape)
                found[subgraph.name] = self.adjoints.get(node, zeros).astype(float).tolist()
        output = self.graph.outputs[0]
        found.setdefault(self.names[output], self.adjoints.get(output, np.ones(())).tolist())
        return found
