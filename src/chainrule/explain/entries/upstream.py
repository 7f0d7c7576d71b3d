"""Upstream gradients of a whole record, from its output back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.autodiff.reverse import adjoints
from chainrule.errors import DifferentiationError
from chainrule.graph import Graph, Node
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant

__all__ = ["upstream_gradients"]


def upstream_gradients(graph: Graph, leaves: Sequence[Node] | None = None) -> dict[Node, Tensor]:
    """∂output/∂node for every node between the leaves and the output, which is seeded with 1.

    By default for all leaves.  Nodes that no gradient reaches are absent.

    Raises DifferentiationError where a derivative is not known.  By numbers within formulas, such
    as the order of a Bessel function, none is needed then.
    """
    output = graph.outputs[0]
    one = constant(np.ones(output.spec.shape, output.spec.dtype))
    if leaves is not None:
        return adjoints(Tensor(output), one, leaves)
    leaves = [node for node in graph.nodes if node.primitive is None]
    try:
        return adjoints(Tensor(output), one, leaves)
    except DifferentiationError:
        if any(node.constant and (node.primitive or node.name) for node in graph.nodes):
            raise  # its gradient would be shown
        return adjoints(Tensor(output), one, [leaf for leaf in leaves if not leaf.constant])
