"""The record at scalar resolution: single entries of arrays, their formulas and local gradients.

Here belongs what reads a graph entry by entry.  What is shown of it, and how, is decided above.
"""

from chainrule.explain.entries.by_name import entries_named, example_name
from chainrule.explain.entries.domain import check_domain, check_gradients
from chainrule.explain.entries.entry import Entry, entry_at, entry_name, flat_index
from chainrule.explain.entries.entry_graph import Edge, EntryGraph
from chainrule.explain.entries.jacobians import (
    JacobianGraph,
    LocalJacobian,
    few_jacobians,
    local_jacobians,
)
from chainrule.explain.entries.partition import partition, resolution_of
from chainrule.explain.entries.sparse_matrix import SparseMatrix
from chainrule.explain.entries.subgraph import Subgraph
from chainrule.explain.entries.upstream import upstream_gradients

__all__ = [
    "Edge",
    "Entry",
    "EntryGraph",
    "JacobianGraph",
    "LocalJacobian",
    "SparseMatrix",
    "Subgraph",
    "check_domain",
    "check_gradients",
    "entries_named",
    "entry_at",
    "entry_name",
    "example_name",
    "few_jacobians",
    "flat_index",
    "local_jacobians",
    "partition",
    "resolution_of",
    "upstream_gradients",
]
