"""Sums of path products between one entry, every result, and the output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule.explain.entries.entry import Entry, flat_index
from chainrule.explain.entries.jacobians import LocalJacobian
from chainrule.explain.entries.sparse_matrix import SparseMatrix
from chainrule.graph import Array, Node

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["PathSums", "finite_slopes"]


class PathSums:
    """For each entry of each result, the sums over all paths that lead to it, and on from it.

    from_entry  the sum of the products of all paths from the given entry
    to_output   the sum of the products of all paths to the output
    total       the sum of the products of all paths from the entry to the output

    With `absolute`, every product counts by its magnitude.
    """

    def __init__(
        self, jacobians: Sequence[LocalJacobian], entry: Entry, output: Node, *, absolute: bool
    ) -> None:
        self.to_output = {output: np.ones(output.spec.size)}
        self.from_entry = {entry.node: np.zeros(entry.node.spec.size)}
        self.from_entry[entry.node][flat_index(entry)] = 1.0
        matrices = [finite_slopes(jacobian.matrix) for jacobian in jacobians]
        if absolute:
            matrices = [abs(matrix) for matrix in matrices]
        for jacobian, local in zip(jacobians, matrices, strict=True):
            _add(self.from_entry, jacobian.consumer, local @ self.from_entry[jacobian.source])
        for jacobian, local in zip(reversed(jacobians), reversed(matrices), strict=True):
            _add(self.to_output, jacobian.source, local.T @ self.to_output[jacobian.consumer])
        self.total = float(self.through(output)[0])

    def through(self, node: Node) -> Array:
        """The sum over all paths through each entry of a result.

        Each path from the given entry to it is followed by each path from it to the output.
        """
        return self.from_entry[node] * self.to_output[node]


def finite_slopes(matrix: SparseMatrix) -> csr_array:
    """The slopes for SciPy; one that is not finite is 0, since nothing comes back to it.

    Others were refused with the gradient that they make infinite.
    """
    found = matrix.to_scipy()
    found.data = np.where(np.isfinite(found.data), found.data, 0.0)
    return found


def _add(sums: dict[Node, Array], node: Node, part: Array) -> None:
    sums[node] = sums[node] + part if node in sums else part
