"""The graph of a function that an operation holds, and what it reads from outside."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.graph import Graph, ancestors
from chainrule.ops import Tensor

__all__ = ["closed"]


def closed(outputs: Sequence[Tensor], leaves: Sequence[Tensor]) -> tuple[Graph, list[Tensor]]:
    """The graph of `outputs`, and the tensors it reads besides `leaves`: its first inputs."""
    nodes = ancestors([t.node for t in outputs], stop=[t.node for t in leaves])
    live = {leaf.node for leaf in leaves}
    for node in nodes:
        if not live.isdisjoint(node.inputs):
            live.add(node)
    read = [one for node in nodes if node in live for one in node.inputs]
    read += [t.node for t in outputs]
    outside = dict.fromkeys(one for one in read if one not in live and not one.constant)
    inputs = [*outside, *(leaf.node for leaf in leaves)]
    return Graph.of([t.node for t in outputs], inputs), [Tensor(node) for node in outside]
