"""Finds the weights to store column-major: those that are only ever used transposed.

A linear layer keeps its weight as (H, D) and multiplies by the transpose.  Where no gradient flows
back to the other factor, as in a first layer or in prediction, nothing else reads the weight.
Stored column-major it is a row-major (D, H), so that no step has to transpose it.
"""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.graph import Graph, Node

__all__ = ["MIN_ROWS", "only_transposed"]

MIN_ROWS = 16
"""The fewest rows for which this pays: a column is then at least as long as a SIMD vector."""


def only_transposed(graph: Graph, names: Iterable[str]) -> frozenset[str]:
    """The names of inputs that are used only once: transposed, as the right factor of a product.

    `names` are the names of the graph's first inputs; later inputs are not considered.

    >>> import chainrule as cr
    >>> graph = cr.trace(lambda w, x: x @ w.T, cr.spec((16, 3)), cr.spec((2, 3)))
    >>> only_transposed(graph, ["weight"])
    frozenset({'weight'})
    """
    consumers, outputs = graph.consumers(), frozenset(graph.outputs)

    def single_use(node: Node) -> tuple[Node, int] | None:
        uses = consumers[node]
        return uses[0] if len(uses) == 1 and node not in outputs else None

    def qualifies(node: Node) -> bool:
        shape, use = node.spec.shape, single_use(node)
        if len(shape) != 2 or shape[0] < MIN_ROWS or use is None or use[0].kind != "transpose":
            return False
        product = single_use(use[0])
        return product is not None and (product[0].kind, product[1]) == ("matmul", 1)

    named = zip(names, graph.inputs, strict=False)
    return frozenset(name for name, node in named if qualifies(node))
