"""The record at scalar resolution: entries of arrays, and the local gradients between them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from chainrule.explain.entries.jacobians import Jacobians, jacobians
from chainrule.explain.entries.sparse import Sparse
from chainrule.explain.entries.symbolic import entry_name
from chainrule.explain.entries.units import units
from chainrule.graph import Array, Graph, Indices, Node
from chainrule.graph.formula import Formula

__all__ = ["SMALL", "Cell", "Cells", "Edge", "entry", "flat"]

SMALL = 300
"""Records of at most this many entries are selected whole; of larger ones, what a parameter reaches."""


class Cell(NamedTuple):
    """One entry of one shown node."""

    node: Node
    index: tuple[int, ...]


def flat(cell: Cell) -> int:
    """The number of the entry in its node, in reading order."""
    shape = cell.node.spec.shape
    return int(np.ravel_multi_index(cell.index, shape)) if shape else 0


def entry(node: Node, number: int) -> Cell:
    """The inverse of `flat`."""
    return Cell(node, tuple(map(int, np.unravel_index(number, node.spec.shape))))


class Edge(NamedTuple):
    """`consumer` is made from `source`; `local` is ∂consumer/∂source."""

    source: Cell
    consumer: Cell
    local: float


class Leaving(NamedTuple):
    """All edges from one cell: the entries of one consumer that are made from it."""

    consumer: Node
    indices: Indices
    locals: Array


class Cells:
    """Entries of a record, and the edges between those that matter.

    A small record is taken whole.  Of a large one only what lies between the entries `wanted` and
    the output is looked at.
    """

    def __init__(self, graph: Graph, resolution: str, wanted: Iterable[Cell] = ()) -> None:
        self.units = units(graph, resolution)
        self.output = Cell(graph.outputs[0], (0,) * len(graph.outputs[0].spec.shape))
        self.small = sum(math.prod(node.spec.shape) for node in self.units) <= SMALL
        self.wanted = list(wanted)
        self._columns: dict[Node, list[tuple[Node, Sparse]]] = {}

    @cached_property
    def jacobians(self) -> Jacobians:
        """The local gradients between the shown nodes."""
        if self.small:
            return jacobians(self.units, self.output.node)
        asked: dict[Node, list[int]] = defaultdict(list)
        for cell in self.wanted:
            asked[cell.node].append(flat(cell))
        indices = {node: np.asarray(some) for node, some in asked.items()}
        return jacobians(self.units, self.output.node, indices)

    def leaving(self, cell: Cell) -> list[Leaving]:
        """Where a cell is used, in the order its consumers are computed."""
        if cell.node not in self._columns:
            self._columns[cell.node] = [
                (link.consumer, link.local.transposed)
                for link in self.jacobians.links
                if link.source is cell.node
            ]
        found: list[Leaving] = []
        for consumer, columns in self._columns[cell.node]:
            here = slice(*columns.indptr[flat(cell) :][:2])
            if here.start < here.stop:
                found.append(Leaving(consumer, columns.indices[here], columns.data[here]))
        return found

    def edges(self, cell: Cell) -> list[Edge]:
        """The same, edge by edge."""
        return [
            Edge(cell, entry(consumer, place), float(local))
            for consumer, indices, locals_ in self.leaving(cell)
            for place, local in zip(indices, locals_, strict=True)
        ]

    @cached_property
    def everything(self) -> list[Cell]:
        """Every entry of the record, in the order they are computed."""
        return [Cell(node, index) for node in self.units for index in np.ndindex(*node.spec.shape)]

    def name(self, cell: Cell) -> str:
        """The node's name with the place of the entry."""
        return entry_name(self.units[cell.node].name, cell.index)

    def value(self, cell: Cell) -> float:
        """The entry's number."""
        assert cell.node.value is not None
        return float(cell.node.value[cell.index])

    def formula(self, cell: Cell) -> Formula:
        """The entry as a formula of the entries it is made from."""
        return self.units[cell.node].formula(flat(cell))

    def local_formula(self, edge: Edge) -> Formula:
        """∂consumer/∂source as a formula."""
        unit = self.units[edge.consumer.node]
        return unit.local_formula(flat(edge.consumer), edge.source.node, flat(edge.source))

    def notes(self, cell: Cell) -> list[str]:
        """What was chosen where the entry sits at a point without a derivative."""
        return self.units[cell.node].notes(flat(cell))
