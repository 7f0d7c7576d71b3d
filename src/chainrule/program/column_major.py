"""Which weights lie by columns: those that only ever multiply, transposed, from the right.

A linear layer keeps its weight as (H, D) and multiplies by its transpose.  Where no gradient flows
on to what it is multiplied with, as in a first layer or where nothing is trained, nothing else ever
reads the weight; kept by columns it is a matrix (D, H) that need not be transposed in every step.
"""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.graph import Graph, Node

__all__ = ["only_transposed"]

LEAST = 16
"""Rows from which on a weight is worth it: its columns are as long as a vector."""


def only_transposed(graph: Graph, names: Iterable[str]) -> frozenset[str]:
    """Of a graph's first inputs, which have these names, those with one use: transposed, as a factor.

    >>> import chainrule as cr
    >>> graph = cr.trace(lambda w, x: x @ w.T, cr.spec((16, 3)), cr.spec((2, 3)))
    >>> only_transposed(graph, ["weight"])
    frozenset({'weight'})
    """
    consumers = graph.consumers()

    def one_use(node: Node) -> tuple[Node, int] | None:
        users = consumers[node]
        return users[0] if len(users) == 1 and node not in graph.outputs else None

    def transposed(node: Node) -> bool:
        shape, use = node.spec.shape, one_use(node)
        if len(shape) != 2 or shape[0] < LEAST or use is None or use[0].kind != "transpose":
            return False
        product = one_use(use[0])
        return product is not None and (product[0].kind, product[1]) == ("matmul", 1)

    named = zip(names, graph.inputs, strict=False)  # others follow
    return frozenset(name for name, node in named if transposed(node))
