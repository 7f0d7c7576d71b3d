"""What each use of one entry contributes to its gradient: in a recurrent network, by time lag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from chainrule.explain.entries.entry import Entry, flat_index
from chainrule.explain.entries.jacobians import LocalJacobian
from chainrule.explain.entries.subgraph import Subgraph
from chainrule.explain.flow.distance_levels import distance_levels
from chainrule.explain.flow.parts import Use
from chainrule.explain.flow.path_sums import PathSums, finite_slopes
from chainrule.graph import Node

__all__ = ["uses"]


def uses(
    jacobians: Sequence[LocalJacobian],
    entry: Entry,
    sums: PathSums,
    output: Node,
    subgraphs: Mapping[Node, Subgraph],
) -> Iterator[Use]:
    """The contributions by distance from the output; none if all uses are at one distance."""
    inputs_of: dict[Node, dict[Node, None]] = {entry.node: {}}
    for jacobian in jacobians:
        inputs_of.setdefault(jacobian.consumer, {})[jacobian.source] = None
    node, flat = entry.node, flat_index(entry)
    here = [jacobian for jacobian in jacobians if jacobian.source is node]
    while len(here) == 1 and _only_reshapes(subgraphs[here[0].consumer], here[0]):
        node, flat = here[0].consumer, int(np.argmax(here[0].matrix.row_counts))
        here = [jacobian for jacobian in jacobians if jacobian.source is node]
    local = {jacobian.consumer: finite_slopes(jacobian.matrix)[:, [flat]] for jacobian in here}
    used = [[n for n in level if n in local] for level in distance_levels(inputs_of, output)]
    used = [level for level in used if level]
    for lag, level in enumerate(used if len(used) > 1 else ()):
        parts = (local[n].T @ sums.to_output[n] for n in level)
        names = tuple(subgraphs[n].name for n in level)
        yield Use(lag, names, float(sum(part[0] for part in parts)))


def _only_reshapes(subgraph: Subgraph, jacobian: LocalJacobian) -> bool:
    """Whether the consumer is only the source reshaped, which does not count as a use."""
    source, matrix = jacobian.source, jacobian.matrix
    same = subgraph.inputs == [source] and subgraph.node.spec.size == source.spec.size
    return same and matrix.nnz == 1 and matrix.data[0] == 1
