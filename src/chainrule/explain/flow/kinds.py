"""What an operation does to the gradient that passes it, found out from its rule alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

import numpy as np

from chainrule.autodiff.reverse import contributions
from chainrule.graph import Graph, Node, ancestors
from chainrule.ops import Tensor

__all__ = ["Kind", "Kinds"]


class Kind(Enum):
    """What a local gradient is made of.

    ACTIVATION  a slope for each entry by itself, taken at that entry: σ′(z), tanh′(z)
    WEIGHTS     parameters: the operation is linear in what passes, a weighted sum
    OTHER       anything else: a loss, a normalisation, constants, a product of two results
    """

    ACTIVATION = "activation"
    WEIGHTS = "weights"
    OTHER = "other"


class Kinds:
    """What each operation of a record multiplies gradients by.

    No operation is known by name.  What an operation sends back to an operand is itself a record:
    it reads the operand again where the operation is not linear in it, and a parameter where that
    is what the operand is multiplied by.

    parameters   variables, and what is one of them in another shape: each with its variable
    """

    def __init__(self, graph: Graph, upstream: Mapping[Node, Tensor]) -> None:
        self._upstream = upstream
        self._found: dict[tuple[Node, Node], Kind | None] = {}
        self.parameters: dict[Node, Node] = {}
        for node in graph.nodes:
            if node in upstream and (variable := self._variable(node)) is not None:
                self.parameters[node] = variable

    def _variable(self, node: Node) -> Node | None:
        """The variable that this is, in whatever shape."""
        if node.variable:
            return node
        if len(node.inputs) != 1 or node.inputs[0].spec.size != node.spec.size:
            return None
        known = self.parameters.get(node.inputs[0])
        return known if known and self.of(node, node.inputs[0]) is None else None

    def passes(self, node: Node) -> bool:
        """Whether gradient reaches this result on its way to some variable."""
        return node in self._upstream

    def signal(self, node: Node) -> bool:
        """Whether it is computed, from variables, and no parameter."""
        return self.passes(node) and node not in self.parameters

    def of(self, node: Node, source: Node) -> Kind | None:
        """What `node` multiplies the gradient for an operand by; None for nothing but constants."""
        if (node, source) not in self._found:
            self._found[node, source] = self._find(node, source)
        return self._found[node, source]

    def weights(self, node: Node, source: Node) -> set[Node]:
        """The variables that `node` weighs an operand with."""
        others = (other for other in node.inputs if other is not source)
        weighs = self.of(node, source) is Kind.WEIGHTS
        return {self.parameters[other] for other in others if weighs and other in self.parameters}

    def adds(self, node: Node, source: Node) -> bool:
        """Whether all that is done to an operand is that parameters are added: a bias.

        The same comes back to all.  What is subtracted is compared with, as in a loss.
        """
        others = {other for other in node.inputs if other is not source}
        if self.of(node, source) is not None or not others or not others <= self.parameters.keys():
            return False
        upstream = self._upstream[node]
        sent = [part.value.sum() for _, part in contributions(node, upstream, {source, *others})]
        total = upstream.value.sum()
        return all(np.isclose(part, total) for part in sent) and not np.isclose(total, 0.0)

    def _find(self, node: Node, source: Node) -> Kind | None:
        upstream = self._upstream[node]
        sent = [part.node for _, part in contributions(node, upstream, {source})]
        read = _read(sent, {upstream.node, node, *node.inputs})
        others = {other for other in node.inputs if other is not source and self.passes(other)}
        assert node.primitive is not None
        each = node.primitive.elementwise and source.spec.size == node.spec.size
        if node in read or source in read:
            return Kind.ACTIVATION if each and not others else Kind.OTHER
        if not read & others:
            return None
        # a scale for each entry of an array mixes nothing: it belongs to a normalisation
        mixes = not each or source.spec.size == 1
        return Kind.WEIGHTS if mixes and read & others <= self.parameters.keys() else Kind.OTHER


def _read(outputs: Iterable[Node], known: set[Node]) -> set[Node]:
    """Which of the `known` nodes the outputs are made from, directly or through unknown ones."""
    outputs = list(outputs)
    made = [node for node in ancestors(outputs, stop=known) if node not in known]
    return known & {*outputs, *(source for node in made for source in node.inputs)}
