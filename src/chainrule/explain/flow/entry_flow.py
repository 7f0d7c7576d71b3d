"""The flow of one entry's gradient: how much of it passes each neuron, and each use of the entry.

The signed flow through a neuron is the sum of the products of all paths through it; the absolute
flow is the sum of their magnitudes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from chainrule.errors import OptionError
from chainrule.explain.entries.entry import Entry, entry_at, entry_name, flat_index
from chainrule.explain.entries.jacobians import (
    MAX_EDGES,
    LocalJacobian,
    few_jacobians,
    local_jacobians,
)
from chainrule.explain.entries.sparse_matrix import SparseMatrix
from chainrule.explain.entries.subgraph import Subgraph
from chainrule.explain.flow.distance_levels import distance_levels
from chainrule.explain.flow.parts import EntryFlow, LevelFlow, NeuronFlow
from chainrule.explain.flow.path_sums import PathSums
from chainrule.explain.flow.uses import uses
from chainrule.graph import Graph, Node

__all__ = ["entry_flow"]


def entry_flow(
    graph: Graph, subgraphs: Mapping[Node, Subgraph], entry: Entry, full: bool = False
) -> EntryFlow:
    """The flow of ∂output/∂entry.

    Raises OptionError for an entry that leads along too many edges, unless they are asked for in
    `full`.
    """
    output = graph.outputs[0]
    flat = np.array([flat_index(entry)])
    found = (local_jacobians if full else few_jacobians)(subgraphs, output, {entry.node: flat})
    if found is None:
        raise OptionError(
            "flow",
            expected=f"an entry that leads along at most {MAX_EDGES:,} edges between neurons",
            got=entry_name(subgraphs[entry.node].name, entry.index),
            remedy="leave wrt out for the layers alone, name an entry nearer to the output, or add"
            " --full (full=True), which may take long",
        )
    jacobians = found.jacobians
    signed = PathSums(jacobians, entry, output, absolute=False)
    absolute = PathSums(jacobians, entry, output, absolute=True)
    names = {node: subgraph.name for node, subgraph in subgraphs.items()}
    layers = _layers_between(jacobians, entry.node, output)
    return EntryFlow(
        wrt=entry_name(names[entry.node], entry.index),
        gradient=signed.total,
        absolute=absolute.total,
        levels=tuple(_level(nodes, signed, absolute, names) for nodes in layers),
        uses=tuple(uses(jacobians, entry, signed, output, subgraphs)),
    )


def _layers_between(
    jacobians: Iterable[LocalJacobian], start: Node, output: Node
) -> list[list[Node]]:
    """The results between a parameter and the output, grouped by distance from the output.

    A result whose every entry leads to one entry of one consumer, such as the input of an
    activation, has the same flow as the consumer and is left out.
    """
    outgoing: dict[Node, list[LocalJacobian]] = defaultdict(list)
    incoming: dict[Node, list[LocalJacobian]] = defaultdict(list)
    for jacobian in jacobians:
        outgoing[jacobian.source].append(jacobian)
        incoming[jacobian.consumer].append(jacobian)
    shown_as: dict[Node, Node] = {output: output}
    inputs_of: dict[Node, dict[Node, None]] = {output: {}}
    for jacobian in reversed(list(jacobians)):
        node, consumer = jacobian.source, jacobian.consumer
        if node in shown_as:
            continue
        single = len(outgoing[node]) == len(incoming[consumer]) == 1
        same_flow = single and _is_one_to_one(jacobian.matrix) and node is not start
        shown_as[node] = shown_as[consumer] if same_flow else node
        inputs_of.setdefault(shown_as[node], {})
    for jacobian in jacobians:
        source, consumer = shown_as[jacobian.source], shown_as[jacobian.consumer]
        if source is not consumer:
            inputs_of[consumer][source] = None
    order = dict.fromkeys([start, *(jacobian.consumer for jacobian in jacobians)])
    in_order = {node: inputs_of[node] for node in order if node in inputs_of}
    return distance_levels(in_order, output)[1:-1]


def _is_one_to_one(matrix: SparseMatrix) -> bool:
    rows = matrix.row_counts.max(initial=0)
    return rows <= 1 and len(np.unique(matrix.indices)) == matrix.nnz


def _level(
    nodes: list[Node], signed: PathSums, absolute: PathSums, names: dict[Node, str]
) -> LevelFlow:
    neurons: list[NeuronFlow] = []
    for node in nodes:
        sums, magnitudes = signed.through(node), absolute.through(node)
        for flat in map(int, np.flatnonzero(magnitudes)):
            name = entry_name(names[node], entry_at(node, flat).index)
            neurons.append(NeuronFlow(name, float(sums[flat]), float(magnitudes[flat])))
    neurons.sort(key=lambda neuron: -neuron.absolute)
    return LevelFlow(tuple(names[node] for node in nodes), tuple(neurons))
