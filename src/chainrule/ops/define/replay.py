"""Records a graph again: on other inputs, or with the bodies that its operations hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from chainrule.errors import ShapeError
from chainrule.graph import Graph, Node
from chainrule.ops.define.primitive import apply_all
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["inline", "record_again", "replay"]


def replay(
    graph: Graph, *inputs: Operand, known: Mapping[Node, Tensor] | None = None
) -> list[Tensor]:
    """Record a graph again on other inputs, and return its outputs.

    The inputs may have values or be traced.  The nodes in `known` are replaced by these tensors.
    What depends on neither is shared with the graph.

    Raises ShapeError unless there is one input for each of the graph.

    >>> import chainrule as cr
    >>> graph = cr.trace(lambda x, y: x * y + x, 1.0, 1.0)
    >>> cr.replay(graph, 3.0, 4.0)
    [Tensor(15.0)]
    """
    if len(inputs) != len(graph.inputs):
        raise ShapeError("replay", expected=f"{len(graph.inputs)} inputs", got=f"{len(inputs)}")
    given = dict(zip(graph.inputs, map(lift, inputs), strict=True))
    recorded = record_again(graph.nodes, {**given, **(known or {})})
    return [recorded.get(node, Tensor(node)) for node in graph.outputs]


def inline(graph: Graph) -> Graph:
    """Return the graph with the bodies that its operations hold recorded in their place.

    The steps of a scan are recorded one by one.  What does not depend on them is shared.

    >>> import numpy as np, chainrule as cr
    >>> graph = cr.trace(lambda x: cr.scan(lambda c, x: (c * x, c), 1.0, x)[0], cr.spec(2))
    >>> [node.kind for node in cr.inline(graph).nodes]
    ['variable', 'constant', 'getitem', 'mul', 'getitem', 'mul']
    """
    while any(node.primitive and node.primitive.expansion for node in graph.nodes):
        inputs = set(graph.inputs)
        recorded = record_again([n for n in graph.nodes if n not in inputs], {}, expand=True)
        outputs = [recorded[node].node if node in recorded else node for node in graph.outputs]
        graph = Graph.of(outputs, graph.inputs)
    return graph


def record_again(
    nodes: Iterable[Node], known: Mapping[Node, Tensor], expand: bool = False
) -> dict[Node, Tensor]:
    """Record the `nodes`, in this order, on `known`; those that depend on none are left out.

    With `expand`, operations that have an expansion are replaced by it, whatever they depend on.
    """
    recorded = dict(known)
    for node in nodes:
        if node in recorded or node.primitive is None:
            continue
        expansion = node.primitive.expansion if expand else None
        if expansion is None and recorded.keys().isdisjoint(node.inputs):
            continue
        record = expansion or partial(apply_all, node.primitive)
        operands = [recorded.get(source, Tensor(source)) for source in node.inputs]
        for old, new in zip(node.outputs, record(*operands, **node.params), strict=True):
            new.node.name = new.node.name or old.name
            recorded.setdefault(old, new)
    return recorded
