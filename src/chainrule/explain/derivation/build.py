"""From a record to its derivation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from chainrule.autodiff.reverse import adjoints, check_scalar
from chainrule.errors import OptionError, UnknownNameError
from chainrule.explain.derivation.abridged_sums import abridged
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
from chainrule.explain.entries.cells import Cell, Cells, Edge, entry, flat
from chainrule.explain.entries.domain import check_domain, check_gradients
from chainrule.explain.entries.names import entries, example
from chainrule.explain.paths import Paths, Place
from chainrule.graph import Array, Graph, Node
from chainrule.graph.formula import Formula, Symbol
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant

__all__ = ["RESOLUTIONS", "build", "resolved"]

RESOLUTIONS = ("gates", "names")

FEW_PATHS = 6
"""Up to this many paths are all written out; of more, the largest three."""

MANY = 20
"""Entries of a large record that one derivation may be asked for."""


def build(
    output: Tensor,
    wrt: Sequence[str | Tensor] | None,
    learning_rate: float | None,
    parameters: Sequence[str] | None,
    resolution: str | None,
    title: str,
    paths: int | None = None,
) -> Derivation:
    """The derivation of `output`; see `chainrule.explain`."""
    check_scalar(output, "explain")
    graph = Graph.of([output.node])
    check_domain(graph)
    steps = resolved(graph, resolution)
    return _Builder(graph, wrt, parameters, steps, paths).derivation(title, learning_rate)


def resolved(graph: Graph, resolution: str | None) -> str:
    """What was asked for; else names where arrays have named results, and gates elsewhere."""
    if resolution is None:
        composed = any(node.name and node.primitive and node.spec.shape for node in graph.nodes)
        return "names" if composed else "gates"
    if resolution not in RESOLUTIONS:
        raise UnknownNameError("steps", resolution, RESOLUTIONS)
    return resolution


class _Builder:
    """Holds what every part of the derivation looks at."""

    def __init__(
        self,
        graph: Graph,
        wrt: Sequence[str | Tensor] | None,
        parameters: Sequence[str] | None,
        resolution: str,
        paths: int | None,
    ) -> None:
        self.graph, self.ranked = graph, paths
        self.names = graph.names()
        asked = [cell for one in wrt or () for cell in entries(graph, one)]
        self.cells = Cells(graph, resolution, asked)
        self.wrt = self._chosen(asked, whole=wrt is None)
        self.updated = self.wrt
        if parameters is not None:
            self.updated = [cell for one in parameters for cell in entries(graph, one)]
        one = np.ones(graph.outputs[0].spec.shape, graph.outputs[0].spec.dtype)
        leaves = [node for node in graph.nodes if node.primitive is None]
        found = adjoints(Tensor(graph.outputs[0]), constant(one), leaves)
        self.adjoints: dict[Node, Array] = {node: found[node].value for node in found}
        check_gradients(graph, self.adjoints)
        self._locals: dict[Edge, Local] = {}
        self.selection = Selection(self.cells, self._upstream, self.wrt)

    def _chosen(self, asked: list[Cell], whole: bool) -> list[Cell]:
        if self.cells.small:
            return [c for c in self.cells.everything if c.node.variable] if whole else asked
        if not 0 < len(asked) <= MANY:
            raise OptionError(
                "explain",
                expected=f"at most {MANY} entries to explain in a record of this size",
                got=str(len(asked) or "none"),
                remedy=f'name one, such as wrt="{example(self.graph)}"',
            )
        return asked

    def derivation(self, title: str, learning_rate: float | None) -> Derivation:
        selected = list(self.selection.selected)
        output = self.cells.output
        return Derivation(
            title=title,
            output=self.cells.name(output),
            value=self.cells.value(output),
            forward=tuple(self._forward(cell) for cell in selected),
            backward=tuple(self._backward(cell) for cell in reversed(selected)),
            chains=tuple(self._chain(cell) for cell in self.wrt),
            updates=()
            if learning_rate is None
            else tuple(self._update(cell, learning_rate) for cell in self.updated),
            gradients=self._gradients(),
            ranked=self.ranked is not None,
        )

    # numbers

    def _upstream(self, node: Node) -> Array:
        if node not in self.adjoints:
            self.adjoints[node] = np.zeros(node.spec.shape)
        return self.adjoints[node]

    def _gradient(self, cell: Cell) -> float:
        return self.selection.upstream(cell)

    def _substituted(self, formula: Formula) -> Formula:
        return formula.substitute(self._values)

    def _abridged(self, formula: Formula) -> Formula:
        return abridged(formula, self._values, self._told)

    @cached_property
    def _told(self) -> frozenset[str]:
        """The names selected in a large record; in a small one none stands out."""
        cells = () if self.cells.small else self.selection.selected
        return frozenset(map(self.cells.name, cells))

    @cached_property
    def _values(self) -> dict[str, float]:
        return _Lookup(self.cells)

    # steps

    def _forward(self, cell: Cell) -> ForwardStep:
        unit = self.cells.units[cell.node]
        name, value = self.cells.name(cell), self.cells.value(cell)
        if unit.leaf:
            return ForwardStep(name, unit.node.kind, Symbol(name), Symbol(name), value)
        formula = self._abridged(self.cells.formula(cell))
        into = self._into.get(cell, [])
        locals_ = tuple(self._local(edge) for edge in into)
        return ForwardStep(name, unit.op, formula, self._substituted(formula), value, locals_)

    @cached_property
    def _into(self) -> dict[Cell, list[Edge]]:
        """The edges shown, by consumer, in reading order."""
        into: dict[Cell, list[Edge]] = {}
        for cell in self.selection.selected:
            for edge in self.selection.shown(cell):
                into.setdefault(edge.consumer, []).append(edge)
        return into

    def _local(self, edge: Edge) -> Local:
        if edge not in self._locals:
            formula = self._abridged(self.cells.local_formula(edge))
            name = self.cells.name(edge.source)
            self._locals[edge] = Local(name, formula, self._substituted(formula), edge.local)
        return self._locals[edge]

    def _backward(self, cell: Cell) -> BackwardStep:
        shown, omitted = self.selection.shown(cell), self.selection.omitted(cell)
        notes = [note for edge in shown for note in self.cells.notes(edge.consumer)]
        return BackwardStep(
            name=self.cells.name(cell),
            gradient=self._gradient(cell),
            contributions=tuple(
                Contribution(
                    self.cells.name(edge.consumer),
                    self._local(edge),
                    self._gradient(edge.consumer),
                    self.selection.product(edge),
                )
                for edge in shown
            ),
            omitted=omitted,
            rest=self.selection.rest(cell) if omitted else 0.0,
            notes=tuple(dict.fromkeys(notes)),
        )

    @cached_property
    def _paths(self) -> Paths[Node]:
        order, links = list(self.cells.units), self.cells.jacobians.links
        return Paths(order, links, max(FEW_PATHS, self.ranked or 0))

    def _chain(self, cell: Cell) -> Chain:
        found = self._paths.to(cell.node, flat(cell))
        few = FEW_PATHS if found.count <= FEW_PATHS else 3
        chosen = found.top[: few if self.ranked is None else self.ranked]
        products = tuple(
            Product(
                tuple(
                    Factor(self._name(of), self._name(by), value)
                    for (of, by), value in zip(pairwise(path.places), path.factors, strict=True)
                ),
                path.product,
            )
            for path in chosen
        )
        rest = found.remainder + sum(path.product for path in found.top[len(chosen) :])
        return Chain(
            wrt=self.cells.name(cell),
            gradient=self._gradient(cell),
            count=found.count,
            products=products,
            rest=rest,
            positive=found.positive,
            negative=found.negative,
        )

    def _name(self, place: Place[Node]) -> str:
        return self.cells.name(entry(*place))

    def _update(self, cell: Cell, learning_rate: float) -> Update:
        old, gradient = self.cells.value(cell), self._gradient(cell)
        new = old - learning_rate * gradient
        return Update(self.cells.name(cell), old, gradient, learning_rate, new)

    def _gradients(self) -> dict[str, object]:
        """Gradients of all leaves and named nodes, whole."""
        found: dict[str, object] = {}
        for node, unit in self.cells.units.items():
            if node.variable or node.name:
                zeros = np.zeros(node.spec.shape)
                found[unit.name] = self.adjoints.get(node, zeros).astype(float).tolist()
        output = self.graph.outputs[0]
        found.setdefault(self.names[output], self.adjoints.get(output, np.ones(())).tolist())
        return found


class _Lookup(dict[str, float]):
    """Values of entries by name, looked up when a formula asks for them."""

    def __init__(self, cells: Cells) -> None:
        super().__init__()
        self.nodes = {unit.name: node for node, unit in cells.units.items()}

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.split("[")[0] in self.nodes

    def __missing__(self, name: str) -> float:
        stem, _, place = name.partition("[")
        value = self.nodes[stem].value
        assert value is not None
        index = tuple(int(i) for i in place.rstrip("]").split(",")) if place else ()
        self[name] = float(value[index])
        return self[name]
