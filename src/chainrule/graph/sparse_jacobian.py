"""Operations entry by entry: sparse Jacobians, and the component function of one output entry.

Entries are numbered flat, in row-major order: entry (i, j) of an array of shape (m, n) is number
i·n + j.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Component", "Indices", "SparseJacobian", "Wanted"]

Indices = NDArray[np.intp]
"""Flat indices of entries."""

Wanted = Indices | None
"""The entries that are needed; None means all."""


class SparseJacobian(NamedTuple):
    """A Jacobian in coordinate (COO) form: values[k] is ∂output[rows[k]] / ∂input[columns[k]].

    A pair is stored if the output entry depends on the input entry, even if the local gradient is
    0 at this point, like that of a dead ReLU.
    """

    rows: Indices
    columns: Indices
    values: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Indices, columns: Indices, values: Any = 1.0) -> SparseJacobian:
        """Flatten arrays of any shape; a single value is used for all pairs."""
        numbers = np.asarray(values, dtype=np.float64)
        return cls(rows.ravel(), columns.ravel(), np.broadcast_to(numbers, rows.shape).ravel())

    @classmethod
    def empty(cls) -> SparseJacobian:
        """The Jacobian of an output that does not depend on the input."""
        nowhere = np.zeros(0, dtype=np.intp)
        return cls(nowhere, nowhere, np.zeros(0))

    def restricted(self, rows: Wanted, columns: Wanted) -> SparseJacobian:
        """The pairs whose row is in `rows` and whose column is in `columns`."""
        keep = np.ones(len(self.rows), dtype=bool)
        for indices, wanted in ((self.rows, rows), (self.columns, columns)):
            if wanted is not None:
                keep &= np.isin(indices, wanted)
        if keep.all():
            return self
        return SparseJacobian(self.rows[keep], self.columns[keep], self.values[keep])


class Component(NamedTuple):
    """A component function of an operation: one output entry as a function of input entries.

    indices    for each input, the flat indices of the entries it reads, in an array of any shape
    evaluate   the output entry, given those entries as formulas or as numbers
    additive   whether it is a sum of products of the operands' entries at equal positions, up to a
               constant factor; then a few terms can be shown and the others added up
    """

    indices: tuple[Indices, ...]
    evaluate: Callable[..., Any]
    additive: bool = False
