"""Products of vectors, and sums along diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ShapeError
from chainrule.ops.define import lift_together, normal_axis
from chainrule.ops.elementwise import conj, mul
from chainrule.ops.linalg.matmul import matmul
from chainrule.ops.movement.gather import flat
from chainrule.ops.movement.matrices import diagonal
from chainrule.ops.reductions import sum
from chainrule.ops.registry import NUMPY, provides
from chainrule.ops.shapes import expand_dims, reshape
from chainrule.ops.statistics.options import in_dtype
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["outer", "vdot", "vecdot"]


@provides("outer", np.outer)
def outer(a: Operand, b: Operand) -> Tensor:
    """All products aᵢ·bⱼ of two vectors.

    >>> import chainrule as cr
    >>> cr.outer([1.0, 2.0], [3.0, 4.0])
    Tensor([[3., 4.],
            [6., 8.]])
    """
    left, right = lift_together(a, b)
    return mul(reshape(left, (-1, 1)), reshape(right, (1, -1)))


@provides("vdot", np.vdot)
def vdot(a: Operand, b: Operand) -> Tensor:
    """Sum of the products of all entries, in order; those of a complex a are conjugated.

    >>> import chainrule as cr
    >>> cr.vdot([[1.0, 2.0]], [[3.0], [4.0]])
    Tensor(11.0)
    """
    left, right = lift_together(a, b)
    return matmul(conj(flat(left)), flat(right))


@provides("vecdot", np.linalg.vecdot)
def vecdot(a: Operand, b: Operand, axis: int = -1) -> Tensor:
    """Sum of products along an axis, with broadcasting over the others; a complex a is conjugated.

    >>> import chainrule as cr
    >>> cr.vecdot([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    Tensor([3., 7.])
    """
    left, right = lift_together(a, b)
    for x in (left, right):
        normal_axis(axis, x.ndim, "np.linalg.vecdot")
    if left.shape[axis] != right.shape[axis]:
        raise ShapeError(
            "np.linalg.vecdot",
            expected="vectors of equal length",
            got=f"axis {axis} of shape {left.shape} and of shape {right.shape}",
        )
    product = mul(conj(left), right)
    return sum(product, axis).astype(product.dtype)


def _matvec(a: Operand, b: Operand) -> Tensor:
    """Products of matrices and vectors over the last axes."""
    matrix, vector = lift_together(a, b)
    return matmul(matrix, expand_dims(vector, -1))[..., 0]


def _vecmat(a: Operand, b: Operand) -> Tensor:
    """Products of vectors, conjugated, and matrices over the last axes."""
    vector, matrix = lift_together(a, b)
    return matmul(conj(expand_dims(vector, -2)), matrix)[..., 0, :]


for _name, _function in (("vecdot", vecdot), ("matvec", _matvec), ("vecmat", _vecmat)):
    if hasattr(np, _name):  # NumPy 2.0 has vecdot, 2.2 the other two
        NUMPY[getattr(np, _name)] = _function


@provides("trace", np.trace)
def _trace(
    a: Operand, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None
) -> Tensor:
    """Sum of the entries on a diagonal of each matrix; `cr.trace` is something else.

    >>> import numpy as np, chainrule as cr
    >>> np.trace(cr.variable([[1.0, 2.0], [3.0, 4.0]]))
    Tensor(5.0)
    """
    return in_dtype(sum, diagonal(lift(a), offset, axis1, axis2, "np.trace"), dtype, -1)


@provides("linalg_trace", np.linalg.trace)
def _linalg_trace(x: Operand, *, offset: int = 0, dtype: Any = None) -> Tensor:
    """`numpy.linalg.trace`: of the matrices over the last two axes."""
    return _trace(x, offset, -2, -1, dtype)


@provides("linalg_diagonal", np.linalg.diagonal)
def _linalg_diagonal(x: Operand, *, offset: int = 0) -> Tensor:
    """`numpy.linalg.diagonal`: of the matrices over the last two axes."""
    return diagonal(x, offset, -2, -1, "np.linalg.diagonal")


@provides("linalg_outer", np.linalg.outer)
def _linalg_outer(a: Operand, b: Operand) -> Tensor:
    """`numpy.linalg.outer`: `outer` of two arrays with one axis each."""
    left, right = lift_together(a, b)
    if left.ndim != 1 or right.ndim != 1:
        raise ShapeError(
            "np.linalg.outer",
            expected="two vectors",
            got=f"shapes {left.shape} and {right.shape}",
            remedy="use np.outer, which flattens arrays",
        )
    return outer(left, right)
