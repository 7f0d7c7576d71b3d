"""Levels: the results of a record by their longest distance to the output."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chainrule.explain.entries.units import Unit
from chainrule.explain.flow.kinds import Kind, Kinds
from chainrule.graph import Graph, Node

__all__ = ["Links", "Way", "levels", "links"]


@dataclass(frozen=True)
class Way:
    """What lies between two results: kinds of operations, the variables that weigh there.

    `alone` says that nothing else of the record is read on the way, a few fixed numbers apart;
    `shifts` that nothing happens there but that a bias is added.
    """

    kinds: frozenset[Kind] = frozenset()
    by: frozenset[Node] = frozenset()
    alone: bool = True
    shifts: bool = True

    def __or__(self, other: Way) -> Way:
        return Way(
            self.kinds | other.kinds,
            self.by | other.by,
            self.alone and other.alone,
            self.shifts and other.shifts,
        )

    def kind(self, same_size: bool) -> Kind:
        """What the whole way multiplies gradients by."""
        if self.kinds == {Kind.WEIGHTS}:
            return Kind.WEIGHTS
        slope = self.kinds == {Kind.ACTIVATION} and self.alone and same_size
        return Kind.ACTIVATION if slope else Kind.OTHER


Links = dict[Node, dict[Node, Way]]
"""For every result, in topological order, the results it is made from, and the way between."""


def links(units: Mapping[Node, Unit], graph: Graph, kinds: Kinds, end: Node | None) -> Links:
    """The links between the results that are told of: all, or those that depend on a leaf `end`.

    A result that is an activation and a weighted sum in one is told of in its parts.
    """
    stops = {node for node in units if kinds.signal(node)}
    stops |= {part for node in stops for part in _parts(units[node], kinds)}
    ways: Links = {}
    found: Links = {}
    for node in graph.nodes:
        if not kinds.passes(node):
            continue
        here: dict[Node, Way] = {}
        for source in dict.fromkeys(node.inputs):
            for start, way in ways.get(source, {}).items():
                longer = way | _step(node, source, kinds)
                here[start] = here[start] | longer if start in here else longer
        if node is end or (node in stops and (here or end is None)):
            found[node] = here
            here = {node: Way()}
        ways[node] = here
    return found


def _parts(unit: Unit, kinds: Kinds) -> Iterator[Node]:
    """What its activations and weighted sums are taken of, where a unit has both."""
    edges = [
        (node, source, kinds.of(node, source))
        for node in unit.inside
        for source in dict.fromkeys(node.inputs)
        if kinds.passes(node) and kinds.passes(source)
    ]
    slopes = any(kind is Kind.ACTIVATION for *_, kind in edges)
    if slopes and any(_weighs(node, source, kind, kinds) for node, source, kind in edges):
        for _, source, kind in edges:
            if kind in (Kind.ACTIVATION, Kind.WEIGHTS) and kinds.signal(source):
                yield source


def _weighs(node: Node, source: Node, kind: Kind | None, kinds: Kinds) -> bool:
    """Whether a parameter weighs here: a result, or what no gradient is asked for, as inputs."""
    assert node.primitive is not None
    mixed = source in kinds.parameters and not node.primitive.elementwise
    return kind is Kind.WEIGHTS or (mixed and len(node.inputs) > 1)


def _step(node: Node, source: Node, kinds: Kinds) -> Way:
    kind = kinds.of(node, source)
    others = [other for other in node.inputs if other is not source]
    plain = all(o.kind == "constant" and o.name is None and o.spec.size == 1 for o in others)
    weighs = frozenset(kinds.weights(node, source))
    return Way(frozenset({kind} if kind else ()), weighs, plain, kinds.adds(node, source))


def levels(made_from: Mapping[Node, Iterable[Node]], output: Node) -> list[list[Node]]:
    """The nodes at each distance from the output, by what each is made from, in order.

    Those the output does not depend on are left out.
    """
    distance = {output: 0}
    for node in reversed(list(made_from)):
        for source in made_from[node] if node in distance else ():
            distance[source] = max(distance.get(source, 0), distance[node] + 1)
    by_distance: dict[int, list[Node]] = defaultdict(list)
    for node in made_from:
        if node in distance:
            by_distance[distance[node]].append(node)
    return [by_distance[i] for i in sorted(by_distance)]
