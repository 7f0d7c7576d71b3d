"""Checks that a graph is well formed; to be run after every transformation."""

from __future__ import annotations

from chainrule.errors import GraphError, ShapeError
from chainrule.graph.graph import Graph
from chainrule.graph.node import Node
from chainrule.graph.spec import Spec

__all__ = ["verify"]


def verify(graph: Graph) -> Graph:
    """Return `graph` if it is well formed, else raise GraphError that names the first bad node.

    It checks that every node comes after its inputs and agrees with its primitive's shape rule,
    that values have the recorded shape and dtype, that leaves without a value are inputs, and that
    the outputs are nodes of the graph.  Graphs that a node has as parameters are checked, too.

    >>> import chainrule as cr
    >>> verify(cr.trace(lambda x: x * x, 3.0)).outputs[0].kind
    'mul'
    """
    inputs = set(graph.inputs)
    seen: set[Node] = set(inputs)
    for node in graph.nodes:
        if node not in inputs:
            _check(node, seen)
        seen.add(node)
    for node in graph.outputs:
        if node not in seen:
            raise GraphError(
                node.label,
                expected="every output among the graph's nodes",
                got="one that is not",
                remedy="build the graph with Graph.of(outputs)",
            )
    return graph


def _check(node: Node, seen: set[Node]) -> None:
    if node.value is not None:
        found = Spec(node.value.shape, node.value.dtype)
        if found != node.spec:
            raise GraphError(node.label, expected=f"a value of {node.spec}", got=str(found))
    if node.primitive is None:
        if node.value is None:
            raise GraphError(
                node.label,
                expected="a leaf with a value, or one listed as an input",
                got=f"a {node.kind} with neither",
                remedy="pass it among the graph's inputs",
            )
        return
    for source in node.inputs:
        if source not in seen:
            raise GraphError(
                node.label,
                expected="nodes in topological order",
                got=f"operand {source.label} after its use",
            )
    for body in node.params.values():
        if isinstance(body, Graph):
            verify(body)
    try:
        spec = node.primitive.specs(node.inputs, node.params)[node.index]
    except ShapeError as error:
        raise GraphError(node.label, expected=error.expected, got=error.got) from error
    if spec != node.spec:
        raise GraphError(
            node.label, expected=f"{spec} by the rule of {node.kind}", got=str(node.spec)
        )
