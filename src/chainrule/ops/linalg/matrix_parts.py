"""Parts of matrices over the last two axes, and other small functions that rules share."""

from __future__ import annotations

import numpy as np

from chainrule.ops.elementwise import abs, conj, where
from chainrule.ops.reductions import sum
from chainrule.ops.shapes import expand_dims, swapaxes
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["antisymmetric", "hermitian", "lower_triangle", "reciprocal_or_0", "transposed"]


def transposed(x: Tensor) -> Tensor:
    """The transpose of each matrix."""
    return swapaxes(x, -1, -2)


def hermitian(x: Operand) -> Tensor:
    """½(X + Xᴴ) of each matrix, where Xᴴ is the conjugate transpose.

    >>> hermitian([[1.0, 2.0], [4.0, 3.0]])
    Tensor([[1., 3.],
            [3., 3.]])
    """
    x = lift(x)
    return 0.5 * (x + transposed(conj(x)))


def antisymmetric(x: Operand) -> Tensor:
    """X − Xᴴ of each matrix, where Xᴴ is the conjugate transpose.

    >>> antisymmetric([[1.0, 2.0], [4.0, 3.0]])
    Tensor([[ 0., -2.],
            [ 2.,  0.]])
    """
    x = lift(x)
    return x - transposed(conj(x))


def lower_triangle(x: Operand, diagonal: float = 1.0) -> Tensor:
    """The entries on and below the diagonal, those on it times `diagonal`, and 0 above.

    >>> lower_triangle([[1.0, 2.0], [4.0, 3.0]], 0.5)
    Tensor([[0.5, 0. ],
            [4. , 1.5]])
    """
    x = lift(x)
    rows, columns = np.indices(x.shape[-2:])
    scaled = x if diagonal == 1.0 else x * np.where(rows == columns, diagonal, 1.0)
    return where(rows >= columns, scaled, 0.0).astype(x.dtype)


def reciprocal_or_0(x: Operand, of: Operand) -> Tensor:
    """1 / x of each entry, and 0 where that is 0 up to the rounding of the values `of`.

    These are eigenvalues or singular values along the last axis, and x a vector or a matrix of
    their sums or differences.

    >>> reciprocal_or_0([[2.0, 1e-16]], of=[1.0, 3.0])
    Tensor([[0.5, 0. ]])
    """
    x, of = lift(x), lift(of)
    rounding = np.finfo(of.dtype).eps * sum(abs(of), -1, keepdims=True)
    zero = abs(x) <= expand_dims(rounding, -1)
    return where(zero, 0.0, 1.0 / where(zero, 1.0, x))
