"""Builds the derivation of a record."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from chainrule.autodiff.reverse import check_scalar
from chainrule.errors import OptionError
from chainrule.explain.derivation.abridged_sums import abridged
from chainrule.explain.derivation.budget import MAX_FACTORS, Budget, listed_arrays
from chainrule.explain.derivation.chains import ChainWriter
from chainrule.explain.derivation.descent import descent
from chainrule.explain.derivation.parameters import given_names, refuse_update
from chainrule.explain.derivation.question import Question
from chainrule.explain.derivation.selection import Selection
from chainrule.explain.derivation.steps import (
    BackwardStep,
    Contribution,
    Derivation,
    ForwardStep,
    Local,
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
    example_name,
    resolution_of,
    upstream_gradients,
)
from chainrule.explain.entries.entry_values import EntryValues, Key
from chainrule.formula import Formula, Symbol
from chainrule.graph import Array, Graph, Node
from chainrule.ops import Tensor, inline

__all__ = ["build"]

MAX_ENTRIES = 20
"""The most entries of a large record that one derivation explains."""


def build(output: Tensor, question: Question) -> Derivation:
    """The derivation of `output` that answers a question; see `chainrule.explain`."""
    check_scalar(output, "explain")
    graph = inline(Graph.of([output.node]))
    check_domain(graph)
    builder = _Builder(graph, question, resolution_of(graph, question.resolution))
    return builder.derivation(question.title, question.learning_rate, question.repeat)


class _Builder:
    """Builds one derivation; its parts share the entries, their gradients and the selection."""

    def __init__(self, graph: Graph, question: Question, resolution: str) -> None:
        wrt, trim, full = question.wrt, question.trim, question.full
        self.budget = Budget()
        self.graph, self.path_count = graph, question.paths
        self.names = graph.names()
        named = [entry for one in wrt or () for entry in entries_named(graph, one)]
        self.entries = EntryGraph(graph, resolution, named, full=full)
        self.bounded = not (full or self.entries.small)
        upstream = upstream_gradients(graph, self._differentiated(named, question.parameters))
        self.adjoints: dict[Node, Array] = {node: t.value for node, t in upstream.items()}
        if wrt is None:
            check_gradients(graph, self.adjoints)
        else:  # slopes that nobody asked for may be infinite: then they are left out
            trim = trim or not all(np.isfinite(found).all() for found in self.adjoints.values())
        self.entries.trim = trim and bool(named)
        self.wrt = self._wanted(named, all_variables=wrt is None)
        self.updated, self.stays = self._learnt(question.parameters, question.inputs, wrt)
        self._locals: dict[Edge, Local] = {}
        budget = self.budget if self.bounded else None
        self.selection = Selection(self.entries, self._upstream, self.wrt, budget)
        most = MAX_FACTORS // max(1, len(self.wrt)) if self.bounded else None
        self.chains = ChainWriter(self.entries, self.selection, question.paths, most)
        if wrt is not None:
            self._check_selected()

    def _differentiated(
        self, named: list[Entry], parameters: Sequence[str] | None
    ) -> list[Node] | None:
        """Where the backward pass ends: at all leaves, or in a large record at what is asked."""
        if not self.bounded or not named:
            return None
        learnt = (e for one in parameters or () for e in entries_named(self.graph, one, "learn"))
        asked = {entry.node for entry in (*named, *learnt)}
        behind = set[Node]()  # what depends on something asked: the pass comes through it anyway
        for node in self.graph.nodes:
            if any(source in asked or source in behind for source in node.inputs):
                behind.add(node)
        return [node for node in asked if node not in behind]

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
        selected, steps = self._listed()
        output = self.entries.output
        derivation = Derivation(
            title=title,
            output=self.entries.name(output),
            value=self.entries.value(output),
            forward=tuple(steps[entry][0] for entry in selected),
            backward=tuple(steps[entry][1] for entry in reversed(selected)),
            chains=tuple(map(self.chains.chain, self.wrt)),
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
            unlisted=sum(1 for _ in self.selection.selected) - len(selected),
        )
        keys = [self.entries.key(entry) for entry in selected]
        precisions = [precision_of(entry.node.spec.dtype) for entry in selected]
        found, effects = zeros(derivation, keys, precisions)
        return replace(derivation, zeros=found, effects=effects)

    def _listed(self) -> tuple[list[Entry], dict[Entry, tuple[ForwardStep, BackwardStep]]]:
        """The entries that are listed, in order, and their steps in both passes."""
        every = list(self.selection.selected)
        steps: dict[Entry, tuple[ForwardStep, BackwardStep]] = {}
        for entry in self.selection.largest_first() if self.bounded else every:
            step = self._forward(entry), self._backward(entry)
            if self.bounded and not self.budget.spend(*step):
                break
            steps[entry] = step
        return [entry for entry in every if entry in steps], steps

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

    def _update(self, entry: Entry, learning_rate: float) -> Update:
        old, gradient = self.entries.value(entry), self._gradient(entry)
        new = old - learning_rate * gradient
        return Update(self.entries.name(entry), old, gradient, learning_rate, new)

    def _gradients(self) -> dict[str, object]:
        """The whole gradients of all leaves and named nodes; of a large record, of some of them."""
        found: dict[str, object] = {}
        shown = {entry.node for entry in self.selection.selected}
        asked = [entry.node for entry in (*self.wrt, *self.updated)]
        between = [node for node in reversed(self.graph.nodes) if node in self.adjoints]
        listed = listed_arrays([*asked, *between] if self.bounded else [])
        for node, subgraph in self.entries.subgraphs.items():
            if not (node.variable or node.name) or (self.bounded and node not in listed):
                continue
            if node in shown or not self.entries.trim:
                zeros = np.zeros(node.spec.shape)
                found[subgraph.name] = self.adjoints.get(node, zeros).astype(float).tolist()
        output = self.graph.outputs[0]
        found.setdefault(self.names[output], self.adjoints.get(output, np.ones(())).tolist())
        return found
