"""How the entries of an output depend on the entries of the inputs: Jacobians, entry by entry.

Entries are counted flat, in C order: entry (i, j) of an array of shape (m, n) is number i·n + j.
"""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.graph.node import Array, Node

if TYPE_CHECKING:
    from chainrule.graph.primitive import Primitive

__all__ = ["Entries", "Indices", "Part", "Triples", "applied", "whole"]

Indices = NDArray[np.intp]
"""Flat numbers of entries."""


class Triples(NamedTuple):
    """Local gradients ∂output[row]/∂input[column], one for each pair that depends.

    A dependence whose gradient is 0 just now, such as that on a dead ReLU, is a pair like others.
    """

    rows: Indices
    columns: Indices
    values: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Indices, columns: Indices, values: Any = 1.0) -> Triples:
        """Flattened; a single value stands for all pairs."""
        numbers = np.asarray(values, dtype=np.float64)
        return cls(rows.ravel(), columns.ravel(), np.broadcast_to(numbers, rows.shape).ravel())

    @classmethod
    def none(cls) -> Triples:
        """No dependence at all."""
        nowhere = np.zeros(0, dtype=np.intp)
        return cls(nowhere, nowhere, np.zeros(0))

    def within(self, rows: Indices | None, columns: Indices | None) -> Triples:
        """Only the pairs with their row among `rows` and their column among `columns`."""
        keep = np.ones(len(self.rows), dtype=bool)
        for indices, wanted in ((self.rows, rows), (self.columns, columns)):
            if wanted is not None:
                keep &= np.isin(indices, wanted)
        if keep.all():
            return self
        return Triples(self.rows[keep], self.columns[keep], self.values[keep])


class Part(NamedTuple):
    """The piece of an operation that makes one entry of its output.

    indices     for each input, the entries that are read, in an array of any shape
    write      what makes the entry from those, written as formulas or as numbers
    additive   whether the entry is a sum of products of the operands' entries, place by place,
               perhaps times a constant: of such a sum single terms may be shown and others added up
    """

    indices: tuple[Indices, ...]
    write: Callable[..., Any]
    additive: bool = False


class Entries(abc.ABC):
    """How one kind of primitive depends on its inputs, entry by entry: its Jacobian, sparsely."""

    @abc.abstractmethod
    def local(
        self, node: Node, position: int, rows: Indices | None, columns: Indices | None
    ) -> Triples:
        """Local gradients of `node` with respect to its input at `position`.

        `rows` and `columns` say which entries of the output and of the input are asked about, None
        for all.  They are there to save work: more may be returned, and is left out afterwards.
        """

    @abc.abstractmethod
    def parts(self, node: Node) -> Callable[[int], Part]:
        """How each entry of `node` is made, by its flat number."""


def applied(node: Node) -> Primitive:
    """The primitive of a node that is no leaf."""
    assert node.primitive is not None, f"{node.label} is a leaf"
    return node.primitive


def whole(node: Node) -> Callable[[int], Part]:
    """Parts that read all of every input: right for any primitive, and slow for large arrays."""
    primitive = applied(node)
    indices = tuple(np.arange(s.spec.size).reshape(s.spec.shape) for s in node.inputs)

    def part(row: int) -> Part:
        def write(*operands: Array) -> Any:
            return np.asarray(primitive.notation(*operands, **node.params), dtype=object).flat[row]

        return Part(indices, write)

    return part
