"""One step back in time: what reaches the state before it, and on which ways.

It is recorded once, and evaluated for every step.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import final

from chainrule.autodiff.reverse import adjoints_of_all
from chainrule.explain.flow.operation_kinds import OperationKinds
from chainrule.explain.flow.parts import FactorKind
from chainrule.graph import Array, Evaluator, Graph, Node, Recurrence
from chainrule.ops import Tensor, stop_gradient
from chainrule.ops.define import apply_all
from chainrule.ops.tensor import abstract, zeros

__all__ = ["StepBack", "WaysBack"]

Edge = tuple[Node, int]
"""An operation of the body, and the position of one of its operands."""


@final
@dataclass(frozen=True)
class WaysBack:
    """What a step passes on to the state before it.

    before   from the gradient at its new state
    direct   the part of that which passes no weights
    weights  the gradient at the results of the weights, such as the sums of all gates
    outputs  from the gradients at what the step collects
    """

    before: Sequence[Array]
    direct: Sequence[Array]
    weights: Sequence[Array]
    outputs: Sequence[Array]


@final
class StepBack:
    """The step of a recurrence, as a function of its inputs and of gradients at what it returns.

    `weights` are the positions of the constants that the state is multiplied by.
    """

    def __init__(self, of: Recurrence) -> None:
        self._carries, body = of.carries, of.body
        leaves = [abstract(node.spec) for node in body.inputs]
        states = [x.node for x in leaves[of.constants : of.constants + of.carries]]
        gradients = [abstract(node.spec) for node in body.outputs]
        at, outputs = _recorded(body, leaves)
        upstream = adjoints_of_all(outputs, gradients, [x.node for x in leaves])
        graph = Graph.of([y.node for y in outputs], [x.node for x in leaves])
        dependent = set(body.inputs[of.constants : of.constants + of.carries])
        for node in body.nodes:
            if not dependent.isdisjoint(node.inputs):
                dependent.update(node.outputs)
        kinds = OperationKinds(graph, upstream, results=states)
        edges = _edges_to_weights(body, at, dependent, kinds)
        _, cut = _recorded(body, leaves, edges)
        read = {source for node, _ in edges for source in node.inputs}
        self.weights = [i for i, node in enumerate(body.inputs[: of.constants]) if node in read]
        n, crossed = of.carries, dict.fromkeys(at[node].node for node, _ in edges)
        found = [
            *_pulled(outputs[:n], gradients[:n], states),
            *_pulled(cut[:n], gradients[:n], states),
            *_pulled(outputs[n:], gradients[n:], states),
            *(upstream[node] for node in crossed),
        ]
        inputs = [x.node for x in (*leaves, *gradients)]
        self._run = Evaluator(Graph.of([tensor.node for tensor in found], inputs))

    def __call__(
        self, operands: Sequence[Array], state: Sequence[Array], outputs: Sequence[Array]
    ) -> WaysBack:
        """What the gradients at the new state and at the outputs become in a step."""
        found, n = self._run(*operands, *state, *outputs), self._carries
        return WaysBack(found[:n], found[n : 2 * n], found[3 * n :], found[2 * n : 3 * n])


def _recorded(
    body: Graph, leaves: Sequence[Tensor], cut: Collection[Edge] = ()
) -> tuple[dict[Node, Tensor], list[Tensor]]:
    """The body on `leaves`, by its nodes and as its outputs; no gradient passes the `cut` edges."""
    at: dict[Node, Tensor] = dict(zip(body.inputs, leaves, strict=True))
    for node in body.nodes:
        if node in at:
            continue
        if node.primitive is None:
            at[node] = Tensor(node)
            continue
        operands = [
            stop_gradient(at[source]) if (node, i) in cut else at[source]
            for i, source in enumerate(node.inputs)
        ]
        at.update(
            zip(node.outputs, apply_all(node.primitive, *operands, **node.params), strict=True)
        )
    return at, [at[node] for node in body.outputs]


def _edges_to_weights(
    body: Graph, at: dict[Node, Tensor], dependent: Collection[Node], kinds: OperationKinds
) -> list[Edge]:
    """Where results that are `dependent` on the state are multiplied by weights."""
    return [
        (node, i)
        for node in body.nodes
        if node not in body.inputs and node.primitive and kinds.has_gradient(at[node].node)
        for i, source in enumerate(node.inputs)
        if source in dependent
        and kinds.is_signal(at[source].node)
        and kinds.kind(at[node].node, at[source].node) is FactorKind.WEIGHTS
    ]


def _pulled(
    outputs: Sequence[Tensor], gradients: Sequence[Tensor], states: Sequence[Node]
) -> list[Tensor]:
    """The gradients at the states before a step, given those at some of its outputs."""
    reached = adjoints_of_all(outputs, gradients, states)
    return [reached[node] if node in reached else zeros(node.spec) for node in states]
