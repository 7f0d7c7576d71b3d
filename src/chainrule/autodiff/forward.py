"""Forward mode: tangents pushed from inputs to outputs, by a rule or by reverse mode twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.autodiff.reverse import contributions, pull_back_all
from chainrule.graph import Node, ancestors, primitive_of
from chainrule.ops import Tensor
from chainrule.ops.tensor import zeros

__all__ = ["push_forward"]


def push_forward(outputs: Sequence[Tensor], given: Mapping[Node, Tensor]) -> list[Tensor]:
    """Return the tangents of `outputs` for the tangents `given` of nodes they depend on.

    tangent(y) = Σ over inputs x of  ∂y/∂x · tangent(x); nodes that depend on none have none
    """
    tangents = dict(given)
    for node in ancestors([output.node for output in outputs], stop=given):
        if node not in tangents and any(source in tangents for source in node.inputs):
            for one, tangent in zip(node.outputs, _of_application(node, tangents), strict=True):
                if tangent is not None and one.spec.differentiable:
                    tangents.setdefault(one, tangent)
    return [tangents.get(y.node, zeros(y.spec)) for y in outputs]


def _of_application(node: Node, tangents: Mapping[Node, Tensor]) -> Sequence[Tensor | None]:
    """The tangents of all outputs: by the primitive's rule, or else by reverse mode twice.

    The pull-back u ↦ uᵀ·J is linear in u, so its own pull-back, of v, is J·v.
    """
    moving = [tangents.get(source) for source in node.inputs]
    outputs, inputs = [Tensor(one) for one in node.outputs], [Tensor(one) for one in node.inputs]
    if rule := primitive_of(node).tangent:
        return rule(moving, outputs, inputs, **node.params)
    seeds = {
        one: Tensor(Node(one.spec, value=np.zeros(one.spec.shape, one.spec.dtype), variable=True))
        for one in node.outputs
        if one.spec.differentiable
    }
    pulled = contributions(node, seeds, tangents.keys())
    directions = [tangents[node.inputs[position]] for position, _ in pulled]
    found = pull_back_all([part for _, part in pulled], directions, list(seeds.values()))
    known = dict(zip(seeds, found, strict=True))
    return [known.get(one) for one in node.outputs]
