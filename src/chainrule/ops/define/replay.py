"""Records a graph again: on other inputs, or with the bodies that its operations hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chainrule.errors import ShapeError
from chainrule.graph import Graph, Node
from chainrule.ops.define.primitive import apply_all
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["record_again", "replay"]


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


def record_again(nodes: Iterable[Node], known: Mapping[Node, Tensor]) -> dict[Node, Tensor]:
    """Record the `nodes`, in this order, on `known`; those that depend on none are left out."""
    recorded = dict(known)
    for node in nodes:
        if node in recorded or node.primitive is None or recorded.keys().isdisjoint(node.inputs):
            continue
        operands = [recorded.get(source, Tensor(source)) for source in node.inputs]
        for old, new in zip(
            node.outputs, apply_all(node.primitive, *operands, **node.params), strict=True
        ):
            new.node.name = old.name
            recorded.setdefault(old, new)
    return recorded
