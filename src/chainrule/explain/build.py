"""From a record to its derivation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from chainrule.autodiff.reverse import adjoints, check_scalar
from chainrule.errors import DomainError, OptionError, UnknownNameError
from chainrule.explain.cells import Cell, Cells, Edge
from chainrule.explain.derivation import (
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
from chainrule.explain.paths import paths
from chainrule.explain.select import entries, example
from chainrule.explain.units import Unit
from chainrule.graph import Array, Graph, Node
from chainrule.graph.formula import Formula, Symbol
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant

__all__ = ["RESOLUTIONS", "build"]

RESOLUTIONS = ("gates", "names")

FEW_PATHS = 6
"""Up to this many paths are all written out; of more, the largest three."""

MANY = 20
"""Entries of a large record that one derivation may be asked for."""

LARGEST = 4
"""Contributions shown of each sum in a large record."""


def build(
    output: Tensor,
    wrt: Sequence[str | Tensor] | None,
    learning_rate: float | None,
    parameters: Sequence[str] | None,
    resolution: str | None,
    title: str,
) -> Derivation:
    """The derivation of `output`; see `chainrule.explain`."""
    check_scalar(output, "explain")
    graph = Graph.of([output.node])
    check_domain(graph)
    if resolution is None:
        composed = any(node.name and node.primitive and node.spec.shape for node in graph.nodes)
        resolution = "names" if composed else "gates"
    if resolution not in RESOLUTIONS:
        raise UnknownNameError("steps", resolution, RESOLUTIONS)
    return _Builder(graph, wrt, parameters, resolution).derivation(title, learning_rate)


def check_domain(graph: Graph) -> None:
    """DomainError naming the first node whose operands are finite and whose value is not."""
    names = graph.names()
    for node in graph.nodes:
        if node.value is None or np.isfinite(node.value).all():
            continue
        if node.variable:
            raise DomainError(
                names[node],
                expected="finite numbers",
                got=f"{node.value:.6g}"
                if node.value.ndim == 0
                else "an array with some that are not",
            )
        operands = [source.value for source in node.inputs]
        if node.primitive and all(v is not None and np.isfinite(v).all() for v in operands):
            called = ", ".join(_short(source, names) for source in node.inputs)
            written = _written(node, names) or f"{node.primitive.name}({called})"
            given = [
                f"{names[source]} = {value:.6g}"
                for source, value in zip(node.inputs, operands, strict=True)
                if value is not None and value.ndim == 0 and source.kind != "constant"
            ]
            raise DomainError(
                f"{names[node]} = {written}",
                expected=node.primitive.domain,
                got=" and ".join(given) or called,
                remedy="change the inputs so that every step stays finite",
            )


def _written(node: Node, names: dict[Node, str]) -> str:
    """The formula of a single number, with those of the steps it is directly made from."""
    line = _gate(node, names)
    steps = [source for source in dict.fromkeys(node.inputs) if source.primitive]
    before = [f"{names[source]} = {_gate(source, names)}" for source in steps if line]
    return f"{line} with {' and '.join(before)}" if before else line


def _gate(node: Node, names: dict[Node, str]) -> str:
    """One operation on single numbers as a formula; nothing for arrays."""
    if node.spec.shape or any(source.spec.shape for source in node.inputs):
        return ""
    shown = [source for source in node.inputs if source.kind != "constant" or source.name]
    return str(Unit(node, shown, names).formula(()))


def _short(node: Node, names: dict[Node, str]) -> str:
    return node.label if node.kind == "constant" and node.name is None else names[node]


class _Builder:
    """Holds what every part of the derivation looks at."""

    def __init__(
        self,
        graph: Graph,
        wrt: Sequence[str | Tensor] | None,
        parameters: Sequence[str] | None,
        resolution: str,
    ) -> None:
        self.graph = graph
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
        self._check_gradients()
        self.position = {cell: i for i, cell in enumerate(self.cells.order)}

    def _chosen(self, asked: list[Cell], whole: bool) -> list[Cell]:
        if self.cells.small:
            return [c for c in self.cells.order if c.node.variable] if whole else asked
        if not 0 < len(asked) <= MANY:
            raise OptionError(
                "explain",
                expected=f"at most {MANY} entries to explain in a record of this size",
                got=str(len(asked) or "none"),
                remedy=f'name one, such as wrt="{example(self.graph)}"',
            )
        return asked

    def derivation(self, title: str, learning_rate: float | None) -> Derivation:
        told = self._told
        output = self.cells.output
        return Derivation(
            title=title,
            output=self.cells.name(output),
            value=self.cells.value(output),
            forward=tuple(self._forward(cell) for cell in self.cells.order if cell in told),
            backward=tuple(self._backward(c) for c in reversed(self.cells.order) if c in told),
            chains=tuple(self._chain(cell) for cell in self.wrt),
            updates=()
            if learning_rate is None
            else tuple(self._update(cell, learning_rate) for cell in self.updated),
            gradients=self._gradients(),
        )

    # which cells

    @cached_property
    def _told(self) -> set[Cell]:
        """All cells of a small record; of a large one those of the largest contributions."""
        if self.cells.small:
            return set(self.cells.order)
        told, stack = {*self.wrt, self.cells.output}, list(self.wrt)
        while stack:
            for edge in self._largest(stack.pop()):
                if edge.consumer not in told:
                    told.add(edge.consumer)
                    stack.append(edge.consumer)
        return told

    def _largest(self, cell: Cell) -> list[Edge]:
        edges = self.cells.consumers.get(cell, [])
        if self.cells.small or len(edges) <= LARGEST + 1:
            return edges
        return sorted(edges, key=lambda edge: -abs(self._product(edge)))[:LARGEST]

    # numbers

    def _gradient(self, cell: Cell) -> float:
        return float(self.adjoints[cell.node][cell.index]) if cell.node in self.adjoints else 0.0

    def _product(self, edge: Edge) -> float:
        return edge.local * self._gradient(edge.consumer)

    def _check_gradients(self) -> None:
        for node, gradient in self.adjoints.items():
            if not np.isfinite(gradient).all():
                raise DomainError(
                    f"gradient of {self.names[self.graph.outputs[0]]}"
                    f" with respect to {self.names[node]}",
                    expected="a finite slope",
                    got=f"{gradient.ravel()[~np.isfinite(gradient).ravel()][0]}",
                    remedy="the function is vertical or undefined there: move the inputs",
                )

    def _substituted(self, formula: Formula) -> Formula:
        return formula.substitute(self._values)

    @cached_property
    def _values(self) -> dict[str, float]:
        return _Lookup(self.cells)

    # steps

    def _forward(self, cell: Cell) -> ForwardStep:
        unit = self.cells.units[cell.node]
        name, value = self.cells.name(cell), self.cells.value(cell)
        if unit.leaf:
            return ForwardStep(name, unit.node.kind, Symbol(name), Symbol(name), value)
        formula = self.cells.formula(cell)
        into = self._into.get(cell, [])
        locals_ = tuple(self._local(edge) for edge in into)
        return ForwardStep(name, unit.op, formula, self._substituted(formula), value, locals_)

    @cached_property
    def _into(self) -> dict[Cell, list[Edge]]:
        """Edges by consumer, in reading order: in a large record, of the told ones only."""
        into: dict[Cell, list[Edge]] = {}
        for cell in self.cells.order:
            if cell in self._told:
                for edge in self._largest(cell):
                    into.setdefault(edge.consumer, []).append(edge)
        return into

    def _local(self, edge: Edge) -> Local:
        formula = self.cells.local_formula(edge)
        return Local(self.cells.name(edge.source), formula, self._substituted(formula), edge.local)

    def _backward(self, cell: Cell) -> BackwardStep:
        shown = self._largest(cell)
        everything = self.cells.consumers.get(cell, [])
        hidden = set(everything) - set(shown)
        notes: dict[str, None] = {}
        for edge in shown:
            notes.update(
                dict.fromkeys(self.cells.units[edge.consumer.node].notes(edge.consumer.index))
            )
        return BackwardStep(
            name=self.cells.name(cell),
            gradient=self._gradient(cell),
            contributions=tuple(
                Contribution(
                    self.cells.name(edge.consumer),
                    self._local(edge),
                    self._gradient(edge.consumer),
                    self._product(edge),
                )
                for edge in shown
            ),
            omitted=len(hidden),
            rest=sum(map(self._product, hidden)),
            notes=tuple(notes),
        )

    def _chain(self, cell: Cell) -> Chain:
        def edges(of: Cell) -> list[tuple[Cell, float]]:
            return [(edge.consumer, edge.local) for edge in self.cells.consumers.get(of, [])]

        found = paths(cell, self.cells.output, edges, self.position, FEW_PATHS)
        chosen = found.top if found.count <= FEW_PATHS else found.top[:3]
        products = tuple(
            Product(
                tuple(
                    Factor(self.cells.name(s.consumer), self.cells.name(s.source), s.local)
                    for s in path.steps
                ),
                path.product,
            )
            for path in chosen
        )
        rest = found.remainder + sum(path.product for path in found.top[len(chosen) :])
        return Chain(self.cells.name(cell), self._gradient(cell), found.count, products, rest)

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
