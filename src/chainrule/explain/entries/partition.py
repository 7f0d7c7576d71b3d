"""Partitions a record into the subgraphs that are shown as one step each.

At the resolution "gates" every operation is a step.  At the resolution "names" only the results
that have names are: the weighted sum `net_h1 = w1·i1 + w2·i2 + b1` is one step, however many
operations it took.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from chainrule.errors import UnknownNameError
from chainrule.explain.entries.formulas import SHOWN_TERMS, entry_parts
from chainrule.explain.entries.subgraph import Subgraph
from chainrule.formula import Symbol, lift
from chainrule.graph import Graph, Node

__all__ = ["RESOLUTIONS", "partition", "resolution_of"]

RESOLUTIONS = ("gates", "names")

MAX_FORMULA_LENGTH = 100
"""The most symbols and operators of a formula; a longer one is split into unnamed steps."""


def resolution_of(graph: Graph, requested: str | None) -> str:
    """The requested resolution; by default "names" if some array has a named result, else "gates".

    Raises UnknownNameError.
    """
    if requested is None:
        composed = any(node.name and node.primitive and node.spec.shape for node in graph.nodes)
        return "names" if composed else "gates"
    if requested not in RESOLUTIONS:
        raise UnknownNameError("steps", requested, RESOLUTIONS)
    return requested


def partition(graph: Graph, resolution: str) -> dict[Node, Subgraph]:
    """The subgraph behind each shown node, in topological order."""
    names = graph.names()
    shown = _shown_nodes(graph, resolution)
    boundary = set(shown)
    return {
        node: Subgraph(node, _nearest_shown(node, boundary) if node.primitive else [], names)
        for node in shown
    }


def _shown_nodes(graph: Graph, resolution: str) -> list[Node]:
    """All nodes at "gates"; at "names" those with names, and those that would be too long."""
    shown: list[Node] = []
    length: dict[Node, int] = {}  # symbols and operators in the formula of one entry
    for node in graph.nodes:
        length[node] = 1 + _operand_length(node, length)
        named = node in graph.outputs or node.variable or node.name is not None
        too_long = length[node] > MAX_FORMULA_LENGTH
        gate = node.primitive is not None and (resolution == "gates" or too_long)
        if node.spec.differentiable and (named or gate):
            shown.append(node)
            length[node] = 1
    return shown


def _operand_length(node: Node, length: Mapping[Node, int]) -> int:
    """The length of an entry's operands in its formula, from the lengths of the inputs' entries."""
    if node.primitive is None or not node.spec.size:
        return 0
    part = entry_parts(node)(0)
    sizes = [indices.size for indices in part.indices]
    if part.additive:
        times = [min(size, SHOWN_TERMS + 1) for size in sizes]
    elif max(sizes, default=0) > MAX_FORMULA_LENGTH:
        return MAX_FORMULA_LENGTH
    else:
        operands = [np.full(p.shape, Symbol(str(i))) for i, p in enumerate(part.indices)]
        found = Counter(lift(part.evaluate(*operands)).symbols())
        times = [found[str(i)] for i in range(len(sizes))]
    return sum(n * length[source] for n, source in zip(times, node.inputs, strict=True))


def _nearest_shown(node: Node, boundary: set[Node]) -> list[Node]:
    """The shown nodes that `node` depends on without another one in between, in reading order."""
    found: dict[Node, None] = {}
    stack = list(reversed(node.inputs))
    seen: set[Node] = set()
    while stack:
        source = stack.pop()
        if source in boundary:
            found[source] = None
        elif source not in seen:
            seen.add(source)
            stack.extend(reversed(source.inputs))
    return list(found)
