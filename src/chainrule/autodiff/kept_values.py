"""Which values of a step are kept for its pull-back, and which are computed again."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from chainrule.graph import Node, Primitive, ancestors
from chainrule.ops.dependence import Gathered

__all__ = ["values_to_keep"]


def values_to_keep(
    computed: Sequence[Node],
    factors: Sequence[Node],
    leaves: Sequence[Node],
    consts: int,
    upstream: Sequence[Node],
) -> list[Node]:
    """Return the nodes to be kept, so that `computed` can be computed from them without effort.

    The first `consts` of the `leaves` are the same in all steps.  What depends on one of `upstream`
    cannot be kept, since it is not known before the way back.  The `factors` are kept in any case.

    What is needed is computed again if that takes rational operations entry by entry, such as sums
    and products, or moves entries.
    """
    nodes = ancestors([*computed, *factors], stop=[*leaves, *upstream])
    late, varying, needed = set(upstream), {*leaves[consts:], *upstream}, {*computed, *factors}
    for node in nodes:
        if not late.isdisjoint(node.inputs):
            late.add(node)
            needed.update(node.inputs)
        if not varying.isdisjoint(node.inputs):
            varying.add(node)
    kept = dict.fromkeys(factors)
    at_hand = {*leaves, *factors}
    for node in nodes:
        if node in late or node in at_hand:
            continue
        if node not in varying or (_is_cheap(node) and at_hand.issuperset(node.inputs)):
            at_hand.add(node)
        elif node in needed:
            source = node
            while len(source.inputs) == 1 and source.inputs[0].spec.size < source.spec.size:
                (source,) = source.inputs  # its entries are repeated
            kept[source] = None
            at_hand.update((source, node))
    return [node for node in kept if node not in leaves]


def _is_cheap(node: Node) -> bool:
    """Whether an application with operands at hand is computed again rather than kept."""
    assert node.primitive is not None
    if isinstance(node.primitive.dependence, Gathered):
        return True
    return node.primitive.elementwise and _is_rational(node.primitive, node)


def _is_rational(primitive: Primitive, node: Node) -> bool:
    """Whether an elementwise operation can be computed with fractions, as no transcendental can."""
    fractions = [np.array([Fraction(2, 3)], object)] * len(node.inputs)
    try:
        found = np.asarray(primitive.value(*fractions, **node.params)).reshape(-1)
    except Exception:  # whatever a function raises for numbers that it is not written for
        return False
    return all(isinstance(one, (Fraction, int, np.bool_)) for one in found)
