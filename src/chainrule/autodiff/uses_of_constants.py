"""How the steps of a scan use what is the same in all of them, and what that adds to its cotangent.

A use is an application of which some operands differ from step to step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chainrule.autodiff.reverse import contributions
from chainrule.graph import Graph, Node, ancestors, primitive_of
from chainrule.ops import Tensor
from chainrule.ops.define import apply, replay
from chainrule.ops.shapes import reshape
from chainrule.ops.tensor import abstract

__all__ = ["StackedUse", "Uses", "uses_of_constants"]


class StackedUse(NamedTuple):
    """A use whose cotangents of all steps are added up at once.

    node      the application
    position  the operand that is the same in all steps
    upstream  the cotangent of the result
    factors   the operands that differ from step to step, and that the cotangent depends on
    """

    node: Node
    position: int
    upstream: Node
    factors: tuple[Node, ...]

    @property
    def constant(self) -> Node:
        """The operand that is the same in all steps."""
        return self.node.inputs[self.position]

    def pulled_back(self, stacks: Mapping[Node, Tensor]) -> Tensor:
        """The cotangent, given the factors and the upstream cotangents of all steps."""
        rank = len(self.node.spec.shape)

        def stacked(node: Node) -> Tensor:
            if node in self.factors or node is self.upstream:
                steps, *shape = stacks[node].shape
                return reshape(stacks[node], (steps, *(1,) * (rank - len(shape)), *shape))
            return Tensor(node)

        leaves = [abstract(stacked(one).spec) for one in self.node.inputs]
        g = abstract(stacked(self.upstream).spec)
        y = apply(primitive_of(self.node), *leaves, **self.node.params)
        pullback = primitive_of(self.node).pullback
        found = pullback([g], [y], leaves, [self.position], **self.node.params)
        graph = Graph.of([found[self.position].node], [t.node for t in (*leaves, g)])
        return replay(graph, *map(stacked, self.node.inputs), stacked(self.upstream))[0]


class Uses(NamedTuple):
    """The uses of what is the same in all steps.

    stacked    those that are added up after the scan
    each_step  for nodes that are the same in all steps, what every step adds to their cotangent
    """

    stacked: list[StackedUse]
    each_step: dict[Node, Tensor]


def uses_of_constants(
    outputs: Sequence[Tensor],
    seeds: Sequence[Tensor],
    reached: Mapping[Node, Tensor],
    leaves: Sequence[Node],
    consts: int,
    sums: Sequence[Node],
    slices: Sequence[Node],
) -> Uses:
    """Return the uses of the wanted consts `sums`, and of what depends on nothing but consts.

    outputs  of a step, with their cotangents `seeds`
    reached  the cotangents of all nodes between these and the `leaves`, of which the first
             `consts` are the same in all steps
    slices   those whose cotangents are wanted for every step
    """
    nodes = ancestors([one.node for one in outputs], stop=leaves)
    varying, constant = set(leaves[consts:]), set(sums)
    for node in nodes:
        if not varying.isdisjoint(node.inputs):
            varying.add(node)
        elif node.spec.differentiable and not constant.isdisjoint(node.inputs):
            constant.add(node)
    each_step = dict[Node, Tensor]()

    def add(node: Node, part: Tensor) -> None:
        each_step[node] = each_step[node] + part if node in each_step else part

    for output, seed in zip(outputs, seeds, strict=True):
        if output.node in constant:
            add(output.node, seed)
    possible = dict[tuple[Node, int], StackedUse | None]()
    for node in {one.outputs: one for one in nodes if one in varying}.values():
        if not reached.keys().isdisjoint(node.outputs):
            for i, source in enumerate(node.inputs):
                if source in constant:
                    possible[node, i] = _stacked(node, i, reached, varying)
    stacked = [use for use in possible.values() if use and primitive_of(use.node).stacks]
    kept = {*leaves[consts:], *(reached[one].node for one in slices if one in reached)}
    kept.update(one for use in stacked for one in (use.upstream, *use.factors))
    for (node, i), use in possible.items():
        if use in stacked:
            continue
        if use and kept.issuperset((use.upstream, *use.factors)):
            stacked.append(use)  # a sum of what is kept anyway
            continue
        upstream = {one: reached[one] for one in node.outputs if one in reached}
        for position, part in contributions(node, upstream, {node.inputs[i]}):
            if position == i:
                add(node.inputs[i], part)
    return Uses(stacked, each_step)


def _stacked(
    node: Node, position: int, reached: Mapping[Node, Tensor], varying: set[Node]
) -> StackedUse | None:
    """The use as one that can be added up after the scan; None if the operation does not stack."""
    primitive = primitive_of(node)
    matrices = all(len(one.spec.shape) > 1 for one in node.inputs)
    if node.siblings or not (primitive.elementwise or (primitive.stacks and matrices)):
        return None
    factors = tuple(dict.fromkeys(one for one in node.inputs if one in varying))
    use = StackedUse(node, position, reached[node].node, factors)
    leaves = {one: abstract(one.spec) for one in (*node.inputs, use.upstream)}
    y = apply(primitive, *(leaves[one] for one in node.inputs), **node.params)
    operands = [leaves[one] for one in node.inputs]
    pullback = primitive.pullback
    pulled = pullback([leaves[use.upstream]], [y], operands, [position], **node.params)
    if position not in pulled:
        return None
    inside = ancestors([pulled[position].node])
    read = {one for node in inside for one in (node, *node.inputs)}
    return use._replace(factors=tuple(one for one in factors if leaves[one].node in read))
