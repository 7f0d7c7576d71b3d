"""Matrices of local gradients, in compressed rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from chainrule.graph import Array, Indices, SparseJacobian

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Sparse"]

MANY = 1_000_000
"""Products above which a matrix product is left to scipy."""


@dataclass(frozen=True)
class Sparse:
    """The entries of row i are `data[indptr[i]:indptr[i + 1]]`, and `indices` their columns.

    As in scipy, but an entry of 0 is an entry like others, for an edge of slope 0 is an edge; and
    who explains a small record does not wait for scipy's import, which takes longer than the rest.

    >>> Sparse.of(SparseJacobian.of(np.array([1, 0]), np.array([0, 2]), [5.0, 0.0]), (2, 3)).indices
    array([2, 0])
    """

    indptr: Indices
    indices: Indices
    data: Array
    shape: tuple[int, int]

    @classmethod
    def of(cls, triples: SparseJacobian, shape: tuple[int, int]) -> Sparse:
        """In order, by rows and then by columns; what is there twice is added up."""
        rows, columns, values = triples
        indices = rows * shape[1] + columns
        if (np.diff(indices) <= 0).any():
            order = np.argsort(indices, kind="stable")
            indices, values = indices[order], values[order]
            first = np.flatnonzero(np.diff(indices, prepend=-1))
            indices, values = indices[first], np.add.reduceat(values, first)
            rows, columns = np.divmod(indices, shape[1])
        starts = np.zeros(shape[0] + 1, dtype=np.intp)
        np.cumsum(np.bincount(rows, minlength=shape[0]), out=starts[1:])
        return cls(starts, columns, values, shape)

    @property
    def nnz(self) -> int:
        """How many entries there are."""
        return len(self.data)

    @cached_property
    def counts(self) -> Indices:
        """How many entries there are in each row."""
        return np.diff(self.indptr)

    @cached_property
    def rows(self) -> Indices:
        """The row of every entry."""
        return np.repeat(np.arange(self.shape[0]), self.counts)

    @cached_property
    def transposed(self) -> Sparse:
        """Rows and columns exchanged."""
        return Sparse.of(
            SparseJacobian(self.indices, self.rows, self.data), (self.shape[1], self.shape[0])
        )

    @property
    def scipy(self) -> csr_array:
        """The same for scipy."""
        from scipy.sparse import csr_array

        return csr_array((self.data, self.indices, self.indptr), shape=self.shape)

    def keeping(self, rows: Array) -> Sparse:
        """Without the entries of rows that are False in `rows`."""
        keep = rows[self.rows]
        triples = SparseJacobian(self.rows[keep], self.indices[keep], self.data[keep])
        return Sparse.of(triples, self.shape)

    def __add__(self, other: Sparse) -> Sparse:
        rows = np.concatenate([self.rows, other.rows])
        columns = np.concatenate([self.indices, other.indices])
        data = np.concatenate([self.data, other.data])
        return Sparse.of(SparseJacobian(rows, columns, data), self.shape)

    def __matmul__(self, other: Sparse) -> Sparse:
        shape = self.shape[0], other.shape[1]
        counts = other.counts[self.indices]
        if counts.sum() > MANY:
            return self._by_scipy(other, shape)
        rows, values = np.repeat(self.rows, counts), np.repeat(self.data, counts)
        nth = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        at = np.repeat(other.indptr[self.indices], counts) + nth
        return Sparse.of(SparseJacobian(rows, other.indices[at], values * other.data[at]), shape)

    def _by_scipy(self, other: Sparse, shape: tuple[int, int]) -> Sparse:
        """In less memory.  Scipy drops what comes out as 0; a product of ones has it."""
        left, right = self.scipy, other.scipy
        product = left @ right
        left.data, right.data = np.ones(left.nnz), np.ones(right.nnz)
        edges = left @ right
        edges.data[:] = 0.0
        found: list[Sparse] = []
        for one in (edges, product):
            one.sort_indices()
            indices = one.indptr.astype(np.intp), one.indices.astype(np.intp)
            found.append(Sparse(*indices, one.data, shape))
        return found[0] + found[1]
