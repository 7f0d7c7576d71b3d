"""The record at scalar resolution: entries of arrays, and the local gradients between them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from chainrule.explain.symbolic import entry_name
from chainrule.explain.units import Index, Unit, units
from chainrule.graph import Array, Graph, Node
from chainrule.graph.formula import Cases, Formula, Number

__all__ = ["SMALL", "Cell", "Cells", "Edge"]

SMALL = 300
"""Records of at most this many entries are told whole; of larger ones, what a parameter reaches."""


class Cell(NamedTuple):
    """One entry of one shown node."""

    node: Node
    index: Index


class Edge(NamedTuple):
    """`consumer` is made from `source`; `local` is ∂consumer/∂source."""

    source: Cell
    consumer: Cell
    local: float


class Cells:
    """Entries of a record, each with the entries made from it.

    A small record is taken whole, with every edge that its formulas show.  Of a large one only the
    entries that depend on `wanted` are sought, forwards from them, a column of a Jacobian at a
    time.
    """

    def __init__(self, graph: Graph, resolution: str, wanted: Iterable[Cell] = ()) -> None:
        self.units = units(graph, resolution)
        self.output = Cell(graph.outputs[0], (0,) * len(graph.outputs[0].spec.shape))
        self.small = sum(math.prod(node.spec.shape) for node in self.units) <= SMALL
        self.consumers: dict[Cell, list[Edge]] = defaultdict(list)
        self._row_formulas: dict[Cell, list[Array]] = {}
        if self.small:
            self._take_all()
        else:
            self._follow(wanted)

    def _take_all(self) -> None:
        for unit in self.units.values():
            if unit.leaf:
                continue
            for index in np.ndindex(*unit.node.spec.shape):
                self._take_row(unit, Cell(unit.node, index))

    def _take_row(self, unit: Unit, cell: Cell) -> None:
        values, written = unit.row(cell.index), self._formulas_of(cell)
        for source, locals_, shown in zip(unit.inputs, values, written, strict=True):
            scalar = not source.spec.shape and not unit.node.spec.shape
            for index in np.ndindex(*source.spec.shape):
                if scalar or not _absent(shown[index]):
                    edge = Edge(Cell(source, index), cell, float(locals_[index]))
                    self.consumers[edge.source].append(edge)

    def _follow(self, wanted: Iterable[Cell]) -> None:
        users: dict[Node, list[Unit]] = defaultdict(list)
        for unit in self.units.values():
            for source in unit.inputs:
                users[source].append(unit)
        stack = list(dict.fromkeys(wanted))
        seen = set(stack)
        while stack:
            cell = stack.pop()
            for unit in users[cell.node]:
                column = unit.column(cell.node, cell.index)
                for index in self._touched(unit, cell, column):
                    edge = Edge(cell, Cell(unit.node, index), float(column[index]))
                    self.consumers[cell].append(edge)
                    if edge.consumer not in seen:
                        seen.add(edge.consumer)
                        stack.append(edge.consumer)

    def _touched(self, unit: Unit, cell: Cell, column: Array) -> list[Index]:
        """Entries of `unit` that `cell` moves; if it moves none, those it is written in.

        A neuron that is dead, or a weight behind a zero, is a reason for a gradient of zero: to be
        told, not left out.
        """
        moved = [tuple(map(int, place)) for place in np.argwhere(column)]
        name = self.name(cell)
        return moved or [
            index for index in np.ndindex(*column.shape) if name in unit.formula(index).symbols()
        ]

    @cached_property
    def order(self) -> list[Cell]:
        """The cells told of, in the order they are computed."""
        if self.small:
            return [
                Cell(node, index) for node in self.units for index in np.ndindex(*node.spec.shape)
            ]
        cells = {self.output, *self.consumers}
        cells.update(edge.consumer for edges in list(self.consumers.values()) for edge in edges)
        return sorted(cells, key=lambda cell: (cell.node.serial, cell.index))

    def name(self, cell: Cell) -> str:
        """The node's name with the place of the entry."""
        return entry_name(self.units[cell.node].name, cell.index)

    def value(self, cell: Cell) -> float:
        """The entry's number."""
        assert cell.node.value is not None
        return float(cell.node.value[cell.index])

    def formula(self, cell: Cell) -> Formula:
        """The entry as a formula of the entries it is made from."""
        return self.units[cell.node].formula(cell.index)

    def local_formula(self, edge: Edge) -> Formula:
        """∂consumer/∂source as a formula."""
        unit = self.units[edge.consumer.node]
        row = self._formulas_of(edge.consumer)[unit.inputs.index(edge.source.node)]
        entry = row[edge.source.index]
        return entry if isinstance(entry, Formula) else Number(float(entry))

    def _formulas_of(self, cell: Cell) -> list[Array]:
        if cell not in self._row_formulas:
            self._row_formulas[cell] = self.units[cell.node].row_formulas(cell.index)
        return self._row_formulas[cell]


def _absent(entry: Any) -> bool:
    """Whether the derivative is 0 whatever the numbers are: then there is no edge."""
    match entry:
        case Cases(chosen=chosen, otherwise=otherwise):
            return _absent(chosen) and _absent(otherwise)
        case Formula():
            return entry == Number(0.0)
        case _:
            return entry == 0
