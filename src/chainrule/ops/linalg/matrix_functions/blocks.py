"""Matrices made of blocks, or of the entries of vectors."""

from __future__ import annotations

import numpy as np

from chainrule.errors import ShapeError
from chainrule.ops.define import lift_together
from chainrule.ops.registry import provides
from chainrule.ops.shapes import concatenate, pad, reshape
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["block_diag", "toeplitz"]


@provides("block_diag")
def block_diag(*arrs: Operand) -> Tensor:
    """A matrix with the given ones along its diagonal, and 0 elsewhere; a vector is one row.

    Raises ShapeError for arrays with more than two axes.

    >>> block_diag([[1.0, 2.0]], 3.0)
    Tensor([[1., 2., 0.],
            [0., 0., 3.]])
    """
    if not arrs:
        return lift(np.zeros((1, 0)))
    given = lift_together(*arrs)
    for x in given:
        if x.ndim > 2:
            raise ShapeError("scipy.linalg.block_diag", expected="matrices", got=f"shape {x.shape}")
    blocks = [x if x.ndim == 2 else reshape(x, (1, x.size)) for x in given]
    width, before, rows = sum(block.shape[1] for block in blocks), 0, list[Tensor]()
    for block in blocks:
        after = width - before - block.shape[1]
        rows.append(pad(block, ((0, 0), (before, after))))
        before += block.shape[1]
    return concatenate(rows, 0)


@provides("toeplitz")
def toeplitz(c: Operand, r: Operand | None = None) -> Tensor:
    """The matrix with constant diagonals that has `c` as its first column and `r` as its first row.

    Without `r`, the matrix is symmetric.  The first entry of `r` is not used.

    >>> toeplitz([1.0, 2.0], [9.0, 5.0])
    Tensor([[1., 5.],
            [2., 1.]])
    """
    column = reshape(lift(c), -1)
    row = column if r is None else reshape(lift(r), -1)
    entries = concatenate([column[::-1], row[1:]])
    i, j = np.indices((column.size, row.size))
    return entries[column.size - 1 - i + j]
