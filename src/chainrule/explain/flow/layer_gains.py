"""Measures what each layer multiplies the norm of the gradient by, and splits it into factors.

Results are grouped by their longest distance to the output.  The norm of a group is that of the
gradients of all its entries.  From group to group the norm changes by a factor, and the product of
all factors is the ratio of the norms at both ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from chainrule.explain.entries.domain import check_gradients
from chainrule.explain.entries.subgraph import Subgraph
from chainrule.explain.entries.upstream import upstream_gradients
from chainrule.explain.flow.connections import Connections, connections
from chainrule.explain.flow.distance_levels import distance_levels
from chainrule.explain.flow.joint_norm import joint_norm
from chainrule.explain.flow.operation_kinds import OperationKinds
from chainrule.explain.flow.parts import FactorKind, LayerGain, StepGain, product_of
from chainrule.graph import Graph, Node
from chainrule.ops import Tensor
from chainrule.ops.dependence import Gathered

__all__ = ["layer_gains"]

LOSS = "loss"
"""What the output of a training is called."""


def layer_gains(
    subgraphs: Mapping[Node, Subgraph], graph: Graph, wanted: Iterable[Node] = ()
) -> list[LayerGain]:
    """The layers of a record from the output back.

    If weights lead from the last layer to `wanted` variables, the list goes on to the first.
    """
    found = _layers_to(None, subgraphs, graph)
    for node in dict.fromkeys(wanted):
        if node.primitive is None:
            further = _layers_to(node, subgraphs, graph)
            *before, last = [step for layer in further for step in layer.steps] or [None]
            here = [step.end for layer in found for step in layer.steps]
            same = here == [step.end for step in before if step]
            if same and last is not None and last.kind is FactorKind.WEIGHTS:
                return further
    return found


def _layers_to(
    end: Node | None, subgraphs: Mapping[Node, Subgraph], graph: Graph
) -> list[LayerGain]:
    """The layers from the output back, as far as the leaf `end` if one is given."""
    leaves = [node for node in graph.nodes if node.variable or node is end]
    upstream = upstream_gradients(graph, leaves)
    check_gradients(graph, {node: gradient.value for node, gradient in upstream.items()})
    connected = connections(subgraphs, graph, OperationKinds(graph, upstream), end)
    steps = list(_steps(connected, upstream, graph))
    return list(_layers(steps, named_loss=graph.outputs[0].name == LOSS))


def _steps(
    connected: Connections, upstream: Mapping[Node, Tensor], graph: Graph
) -> Iterator[StepGain]:
    levels = distance_levels(connected, graph.outputs[0])
    names = _names(graph, [node for level in levels for node in level])
    norm = 1.0
    for here, behind in pairwise(levels):
        before, norm = norm, joint_norm(upstream[node].value for node in behind)
        kind, by = _kind(connected, here, behind)
        yield StepGain(
            start=tuple(names[node] for node in here),
            end=tuple(names[node] for node in behind),
            norm=norm,
            factor=norm / before if before else None,
            kind=kind,
            by=tuple(names[node] for node in graph.nodes if node in by),
            shifts=all(connected[n][s].shifts for n in here for s in connected[n] if s in behind),
        )


def _names(graph: Graph, measured: Iterable[Node]) -> dict[Node, str]:
    """Names of the nodes; a result that only copies a named one is named after that.

    If that one is `measured` too, the operation is added: `layer1.0 (pad)`.
    """
    names = graph.names()
    measured = list(measured)
    used = {names[node] for node in measured}
    for node in measured:
        source = node
        while source.primitive and source.name is None and len(source.inputs) == 1:
            if not isinstance(source.primitive.dependence, Gathered):
                break
            source = source.inputs[0]
        if source is node or not source.name:
            continue
        for name in (source.name, f"{source.name} ({node.kind})"):
            if name not in used and (source.primitive or name != source.name):
                names[node] = name
                used.add(name)
                break
    return names


def _kind(
    connected: Connections, here: list[Node], behind: list[Node]
) -> tuple[FactorKind, set[Node]]:
    """The kind of a step, and its weights; OTHER if a shortcut skips the group at its start."""
    arriving = [
        (node, source, connection)
        for node in connected
        for source, connection in connected[node].items()
        if source in behind
    ]
    kinds = {each.kind(node.spec.size == source.spec.size) for node, source, each in arriving}
    if len(kinds) != 1 or {node for node, _, _ in arriving} != set(here):
        return FactorKind.OTHER, set()
    (kind,) = kinds
    by = {node for _, _, connection in arriving for node in connection.by}
    return kind, by if kind is FactorKind.WEIGHTS else set()


def _layers(steps: list[StepGain], *, named_loss: bool) -> Iterator[LayerGain]:
    """The steps grouped into layers: on the way back, a layer ends with its weights.

    The steps before the activation of the layer next to the output are the loss, whose slope is
    nobody's activation.
    """
    ends = [i + 1 for i, step in enumerate(steps) if step.kind is FactorKind.WEIGHTS]
    loss = _loss_length(steps[: ends[0]], named_loss) if ends else 0
    if loss:
        steps[:loss] = [replace(step, kind=FactorKind.OTHER) for step in steps[:loss]]
        whole = product_of(steps[:loss])
        yield LayerGain(tuple(steps[:loss]), whole, None, None, whole)
    for start, end in pairwise(sorted({loss, *ends, len(steps)})):
        yield _layer(steps[start:end])


def _loss_length(group: list[StepGain], named_loss: bool) -> int:
    """The number of steps that belong to the loss, among those up to the first weights.

    The activation is the slope nearest to the weights.  But if it is the only slope, and a step
    that is neither slope nor bias follows it, or it is the last step to an output that is called a
    loss, then it is the loss's own, as in (w·x − y)².
    """
    slopes = [i for i, step in enumerate(group) if step.kind is FactorKind.ACTIVATION]
    between = slopes and not all(step.shifts for step in group[slopes[-1] + 1 : -1])
    between = between or (named_loss and slopes == [0])
    return len(group) - 1 if not slopes or (len(slopes) == 1 and between) else slopes[-1]


def _layer(steps: list[StepGain]) -> LayerGain:
    weights = [step for step in steps if step.kind is FactorKind.WEIGHTS]
    slopes = [step for step in steps if step.kind is FactorKind.ACTIVATION][-1:]
    others = [step for step in steps if step not in weights + slopes]
    return LayerGain(tuple(steps), *map(product_of, (steps, slopes, weights, others)))
