"""Sparse matrices of local gradients, in compressed rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from chainrule.graph import Array, Indices, SparseJacobian

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["SparseMatrix"]

MAX_OWN_PRODUCTS = 1_000_000
"""The most multiplications in a matrix product that is not left to SciPy."""


@dataclass(frozen=True, eq=False)
class SparseMatrix:
    """A matrix in compressed rows (CSR), without duplicates and with sorted columns.

    Row i is `data[indptr[i]:indptr[i + 1]]`, in the columns `indices[indptr[i]:indptr[i + 1]]`.

    Unlike in SciPy, a stored 0 is never dropped, since an edge of slope 0 is an edge.  A small
    record is explained without importing SciPy, which would take longer than everything else.

    >>> triples = SparseJacobian.of(np.array([1, 0]), np.array([0, 2]), [5.0, 0.0])
    >>> SparseMatrix.from_triples(triples, (2, 3)).indices
    array([2, 0])
    """

    indptr: Indices
    indices: Indices
    data: Array
    shape: tuple[int, int]

    @classmethod
    def from_triples(cls, triples: SparseJacobian, shape: tuple[int, int]) -> SparseMatrix:
        """From (row, column, value) in any order; the values of duplicates are added up."""
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
        """The number of stored entries."""
        return len(self.data)

    @cached_property
    def row_counts(self) -> Indices:
        """The number of stored entries in each row."""
        return np.diff(self.indptr)

    @cached_property
    def rows(self) -> Indices:
        """The row of every stored entry."""
        return np.repeat(np.arange(self.shape[0]), self.row_counts)

    @cached_property
    def transposed(self) -> SparseMatrix:
        """The transpose, in compressed rows again."""
        return SparseMatrix.from_triples(
            SparseJacobian(self.indices, self.rows, self.data), (self.shape[1], self.shape[0])
        )

    def to_scipy(self) -> csr_array:
        """The same matrix for SciPy."""
        from scipy.sparse import csr_array

        return csr_array((self.data, self.indices, self.indptr), shape=self.shape)

    def with_rows(self, mask: Array) -> SparseMatrix:
        """The matrix with only the entries of rows where the mask is True."""
        keep = mask[self.rows]
        triples = SparseJacobian(self.rows[keep], self.indices[keep], self.data[keep])
        return SparseMatrix.from_triples(triples, self.shape)

    def __add__(self, other: SparseMatrix) -> SparseMatrix:
        rows = np.concatenate([self.rows, other.rows])
        columns = np.concatenate([self.indices, other.indices])
        data = np.concatenate([self.data, other.data])
        return SparseMatrix.from_triples(SparseJacobian(rows, columns, data), self.shape)

    def __matmul__(self, other: SparseMatrix) -> SparseMatrix:
        shape = self.shape[0], other.shape[1]
        counts = other.row_counts[self.indices]
        if counts.sum() > MAX_OWN_PRODUCTS:
            return self._matmul_by_scipy(other, shape)
        rows, values = np.repeat(self.rows, counts), np.repeat(self.data, counts)
        nth = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        at = np.repeat(other.indptr[self.indices], counts) + nth
        triples = SparseJacobian(rows, other.indices[at], values * other.data[at])
        return SparseMatrix.from_triples(triples, shape)

    def _matmul_by_scipy(self, other: SparseMatrix, shape: tuple[int, int]) -> SparseMatrix:
        """The product, in less memory.

        SciPy drops entries that evaluate to 0.  The same patterns filled with ones have a product
        with all entries; these are set to 0 and added.
        """
        left, right = self.to_scipy(), other.to_scipy()
        product = left @ right
        left.data, right.data = np.ones(left.nnz), np.ones(right.nnz)
        edges = left @ right
        edges.data[:] = 0.0
        found: list[SparseMatrix] = []
        for one in (edges, product):
            one.sort_indices()
            indices = one.indptr.astype(np.intp), one.indices.astype(np.intp)
            found.append(SparseMatrix(*indices, one.data, shape))
        return found[0] + found[1]
