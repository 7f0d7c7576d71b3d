"""Connects the results at which the gradient is measured by the operations between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chainrule.explain.entries.subgraph import Subgraph
from chainrule.explain.flow.operation_kinds import OperationKinds
from chainrule.explain.flow.parts import FactorKind
from chainrule.graph import Graph, Node

__all__ = ["Connection", "Connections", "connections"]


@dataclass(frozen=True)
class Connection:
    """All operations between two results.

    kinds   the kinds of factors among them
    by      the variables that are weights among them
    alone   whether they read no other result but scalar constants
    shifts  whether they only add a bias
    """

    kinds: frozenset[FactorKind] = frozenset()
    by: frozenset[Node] = frozenset()
    alone: bool = True
    shifts: bool = True

    def __or__(self, other: Connection) -> Connection:
        return Connection(
            self.kinds | other.kinds,
            self.by | other.by,
            self.alone and other.alone,
            self.shifts and other.shifts,
        )

    def kind(self, same_size: bool) -> FactorKind:
        """The kind of the product of all factors."""
        if self.kinds == frozenset({FactorKind.WEIGHTS}):
            return FactorKind.WEIGHTS
        slope = self.kinds == frozenset({FactorKind.ACTIVATION}) and self.alone and same_size
        return FactorKind.ACTIVATION if slope else FactorKind.OTHER


Connections = dict[Node, dict[Node, Connection]]
"""For every result, in topological order, its connection to each result it depends on."""


def connections(
    subgraphs: Mapping[Node, Subgraph], graph: Graph, kinds: OperationKinds, end: Node | None
) -> Connections:
    """The connections between the shown results: all, or those that depend on a leaf `end`.

    A result that is an activation and a weighted sum in one is split into the two.
    """
    stops = {node for node in subgraphs if kinds.is_signal(node)}
    stops |= {part for node in stops for part in _split(subgraphs[node], kinds)}
    pending: Connections = {}
    found: Connections = {}
    for node in graph.nodes:
        if not kinds.has_gradient(node):
            continue
        here: dict[Node, Connection] = {}
        for source in dict.fromkeys(node.inputs):
            for start, connection in pending.get(source, {}).items():
                longer = connection | _of_operation(node, source, kinds)
                here[start] = here[start] | longer if start in here else longer
        if node is end or (node in stops and (here or end is None)):
            found[node] = here
            here = {node: Connection()}
        pending[node] = here
    return found


def _split(subgraph: Subgraph, kinds: OperationKinds) -> Iterator[Node]:
    """The operands of a subgraph's activations and weighted sums, if it has both."""
    edges = [
        (node, source, kinds.kind(node, source))
        for node in subgraph.operations
        for source in dict.fromkeys(node.inputs)
        if kinds.has_gradient(node) and kinds.has_gradient(source)
    ]
    slopes = any(kind is FactorKind.ACTIVATION for *_, kind in edges)
    if slopes and any(_is_weighted_sum(node, source, kind, kinds) for node, source, kind in edges):
        for _, source, kind in edges:
            if kind in (FactorKind.ACTIVATION, FactorKind.WEIGHTS) and kinds.is_signal(source):
                yield source


def _is_weighted_sum(
    node: Node, source: Node, kind: FactorKind | None, kinds: OperationKinds
) -> bool:
    """Whether a parameter multiplies a result, or data without a gradient such as inputs."""
    assert node.primitive is not None
    weighs_data = source in kinds.parameters and not node.primitive.elementwise
    return kind is FactorKind.WEIGHTS or (weighs_data and len(node.inputs) > 1)


def _of_operation(node: Node, source: Node, kinds: OperationKinds) -> Connection:
    kind = kinds.kind(node, source)
    others = [other for other in node.inputs if other is not source]
    alone = all(o.kind == "constant" and o.name is None and o.spec.size == 1 for o in others)
    weights = frozenset(kinds.weights(node, source))
    return Connection(
        frozenset({kind} if kind else ()), weights, alone, kinds.adds_bias(node, source)
    )
