"""The edges from one array to its consumers, as flat arrays for the dynamic program."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from chainrule.explain.entries.sparse_matrix import SparseMatrix
from chainrule.explain.paths.path import N, Vertex
from chainrule.graph import Array

__all__ = ["Edges", "Jacobian", "edges_of"]

M = TypeVar("M", bound=Hashable, covariant=True)


class Jacobian(Protocol[M]):
    """The edges between two arrays: `matrix[i, j]` is ∂consumer[i]/∂source[j].

    Every stored entry is an edge, one of value 0 too.
    """

    @property
    def consumer(self) -> M: ...
    @property
    def source(self) -> M: ...
    @property
    def matrix(self) -> SparseMatrix: ...


@dataclass(frozen=True, eq=False)
class Edges(Generic[N]):
    """Edges from entries of one array, sorted by entry.

    row        the number of the entry each edge leaves
    consumer   the number of the entry it leads to, counted through all consuming arrays
    local      the local gradient
    consumers  the consuming arrays
    starts     the number of the first entry of each
    """

    row: Array
    consumer: Array
    local: Array
    consumers: tuple[N, ...]
    starts: Array

    def target(self, edge: int) -> Vertex[N]:
        """The entry that an edge leads to."""
        consumer = int(self.consumer[edge])
        i = int(np.searchsorted(self.starts, consumer, "right")) - 1
        return self.consumers[i], int(consumer - self.starts[i])


def edges_of(jacobians: Sequence[Jacobian[N]], flat: int | None) -> Edges[N]:
    """The edges from all entries of the Jacobians' source, or from one, which gets number 0."""
    rows: list[Array] = []
    consumers: list[Array] = []
    locals_: list[Array] = []
    starts = np.cumsum([0, *(jacobian.matrix.shape[0] for jacobian in jacobians)])
    for jacobian, start in zip(jacobians, starts, strict=False):
        matrix = jacobian.matrix
        if flat is None:
            columns = matrix.transposed
            row, consumer, local = columns.rows, columns.indices, columns.data
        else:
            here = np.flatnonzero(matrix.indices == flat)
            row = np.zeros(len(here), np.intp)
            consumer, local = matrix.rows[here], matrix.data[here]
        rows.append(row)
        consumers.append(consumer + start)
        locals_.append(local)
    row, consumer, local = (
        np.concatenate(parts) if parts else np.zeros(0, dtype)
        for parts, dtype in ((rows, np.intp), (consumers, np.intp), (locals_, np.float64))
    )
    if len(jacobians) > 1:
        by_row = np.argsort(row, kind="stable")
        row, consumer, local = row[by_row], consumer[by_row], local[by_row]
    arrays = tuple(jacobian.consumer for jacobian in jacobians)
    return Edges(row, consumer, local.astype(np.float64), arrays, starts[:-1])
