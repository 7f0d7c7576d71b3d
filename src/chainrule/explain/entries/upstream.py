"""Upstream gradients of a whole record, from its output back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.autodiff.reverse import adjoints
from chainrule.graph import Graph, Node
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant

__all__ = ["upstream_gradients"]


def upstream_gradients(graph: Graph, leaves: Sequence[Node] | None = None) -> dict[Node, Tensor]:
    """∂output/∂node for every node between the leaves and the output, which is seeded with 1.

    By default for all leaves.  Nodes that no gradient reaches are absent.
    """
    output = graph.outputs[0]
    if leaves is None:
        leaves = [node for node in graph.nodes if node.primitive is None]
    one = constant(np.ones(output.spec.shape, output.spec.dtype))
    return adjoints(Tensor(output), one, leaves)
