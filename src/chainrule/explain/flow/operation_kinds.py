"""Classifies what an operation multiplies gradients by, from its derivative rule alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np

from chainrule.autodiff.reverse import contributions
from chainrule.explain.flow.parts import FactorKind
from chainrule.graph import Graph, Node, ancestors
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant

__all__ = ["OperationKinds"]


class OperationKinds:
    """What each operation of a record multiplies gradients by.

    No operation is known by name.  The contribution that an operation sends back to an operand is
    itself a graph.  It reads the operand if the operation is not linear in it, and it reads
    the parameters that the operand is multiplied by.

    results      variables that stand for results, such as the state of a recurrence
    parameters   maps each variable, and each reshaped variable, to the variable
    """

    def __init__(
        self, graph: Graph, upstream: Mapping[Node, Tensor], results: Collection[Node] = ()
    ) -> None:
        self._upstream, self._results = upstream, frozenset(results)
        self._kinds: dict[tuple[Node, Node], FactorKind | None] = {}
        self.parameters: dict[Node, Node] = {}
        for node in graph.nodes:
            if node in upstream and (variable := self._variable(node)) is not None:
                self.parameters[node] = variable

    def _variable(self, node: Node) -> Node | None:
        """The variable that this node is, perhaps reshaped; None if it is computed."""
        if node.variable:
            return None if node in self._results else node
        if len(node.inputs) != 1 or node.inputs[0].spec.size != node.spec.size:
            return None
        known = self.parameters.get(node.inputs[0])
        return known if known and self.kind(node, node.inputs[0]) is None else None

    def has_gradient(self, node: Node) -> bool:
        """Whether the gradient of some variable passes this result."""
        return node in self._upstream

    def is_signal(self, node: Node) -> bool:
        """Whether this result has a gradient and is not a parameter."""
        return self.has_gradient(node) and node not in self.parameters

    def kind(self, node: Node, source: Node) -> FactorKind | None:
        """What `node` multiplies the gradient for `source` by; None for constants or nothing."""
        if (node, source) not in self._kinds:
            self._kinds[node, source] = self._classify(node, source)
        return self._kinds[node, source]

    def weights(self, node: Node, source: Node) -> set[Node]:
        """The variables that `node` multiplies `source` by."""
        if self.kind(node, source) is not FactorKind.WEIGHTS:
            return set()
        others = (other for other in node.inputs if other is not source)
        return {self.parameters[other] for other in others if other in self.parameters}

    def adds_bias(self, node: Node, source: Node) -> bool:
        """Whether `node` only adds parameters to `source`.

        All operands of an addition receive the same gradient.  A parameter that is subtracted is a
        target, as in a loss.
        """
        others = {other for other in node.inputs if other is not source}
        is_parameter = bool(others) and others <= self.parameters.keys()
        if self.kind(node, source) is not None or not is_parameter:
            return False
        # small whole numbers, whose sums are exact: the gradient itself may add up to 0
        shape = node.spec.shape
        probe = (1 + np.arange(node.spec.size) % 3).reshape(shape).astype(node.spec.dtype)
        sent = contributions(node, {node: constant(probe)}, {source, *others})
        return all(part.value.sum() == probe.sum() for _, part in sent)

    def _classify(self, node: Node, source: Node) -> FactorKind | None:
        upstream = self._upstream[node]
        sent = [part.node for _, part in contributions(node, {node: upstream}, {source})]
        read = _nodes_read(sent, {upstream.node, node, *node.inputs})
        others = {o for o in node.inputs if o is not source and self.has_gradient(o)}
        assert node.primitive is not None
        elementwise = node.primitive.elementwise and source.spec.size == node.spec.size
        if node in read or source in read:
            return FactorKind.ACTIVATION if elementwise and not others else FactorKind.OTHER
        if not read & others:
            return None
        # a scale for each entry of an array mixes no entries: it belongs to a normalisation
        mixes = not elementwise or source.spec.size == 1
        weighs = mixes and read & others <= self.parameters.keys()
        return FactorKind.WEIGHTS if weighs else FactorKind.OTHER


def _nodes_read(outputs: Iterable[Node], known: set[Node]) -> set[Node]:
    """The `known` nodes that the outputs depend on, directly or through unknown ones."""
    outputs = list(outputs)
    computed = [node for node in ancestors(outputs, stop=known) if node not in known]
    return known & {*outputs, *(source for node in computed for source in node.inputs)}
