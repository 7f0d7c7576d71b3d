"""Products of vectors, and sums along diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import dtype_of, whole_number
from chainrule.errors import ShapeError
from chainrule.ops.define import lift_together, normal_axis
from chainrule.ops.elementwise import mul
from chainrule.ops.linalg.matmul import matmul
from chainrule.ops.reductions import sum
from chainrule.ops.registry import NUMPY, provides
from chainrule.ops.shapes import concatenate, expand_dims, reshape, transpose, zeros_like
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["cross", "outer", "vdot", "vecdot"]


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
    """Sum of the products of all entries, in order.

    >>> import chainrule as cr
    >>> cr.vdot([[1.0, 2.0]], [[3.0], [4.0]])
    Tensor(11.0)
    """
    left, right = lift_together(a, b)
    return matmul(reshape(left, -1), reshape(right, -1))


@provides("vecdot", np.linalg.vecdot)
def vecdot(a: Operand, b: Operand, axis: int = -1) -> Tensor:
    """Sum of products along an axis, with broadcasting over the others.

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
    product = mul(left, right)
    return sum(product, axis)


def _matvec(a: Operand, b: Operand) -> Tensor:
    """Products of matrices and vectors over the last axes."""
    matrix, vector = lift_together(a, b)
    return matmul(matrix, expand_dims(vector, -1))[..., 0]


def _vecmat(a: Operand, b: Operand) -> Tensor:
    """Products of vectors and matrices over the last axes."""
    vector, matrix = lift_together(a, b)
    return matmul(expand_dims(vector, -2), matrix)[..., 0, :]


for _name, _function in (("vecdot", vecdot), ("matvec", _matvec), ("vecmat", _vecmat)):
    if hasattr(np, _name):  # NumPy 2.0 has vecdot, 2.2 the other two
        NUMPY[getattr(np, _name)] = _function


@provides("cross", np.cross)
def cross(
    a: Operand,
    b: Operand,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Tensor:
    """The cross product of vectors with three entries, along any axes; as `numpy.cross`.

    A vector with two entries has 0 as its third; of two such, the result is the third entry.

    Raises ShapeError for vectors of another length.

    >>> import chainrule as cr
    >>> cr.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    Tensor([0., 0., 1.])
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    left, right = lift_together(a, b)
    left, right = (
        _moved(x, normal_axis(i, x.ndim, "np.cross"), x.ndim - 1)
        for x, i in ((left, axisa), (right, axisb))
    )
    lengths = {left.shape[-1], right.shape[-1]}
    if not lengths <= {2, 3}:
        raise ShapeError(
            "np.cross",
            expected="vectors with 3 entries",
            got=f"{left.shape[-1]} and {right.shape[-1]}",
            remedy="name their axis by axis=, or axisa= and axisb=",
        )
    if lengths == {2}:
        return left[..., 0] * right[..., 1] - left[..., 1] * right[..., 0]
    left, right = (
        x if x.shape[-1] == 3 else concatenate([x, zeros_like(x[..., :1])], -1)
        for x in (left, right)
    )
    following, preceding = [1, 2, 0], [2, 0, 1]
    found = left[..., following] * right[..., preceding] - (
        left[..., preceding] * right[..., following]
    )
    return _moved(found, found.ndim - 1, normal_axis(axisc, found.ndim, "np.cross"))


def _moved(x: Tensor, source: int, target: int) -> Tensor:
    """The array with one axis at another position."""
    if source == target:
        return x
    order = [i for i in range(x.ndim) if i != source]
    order.insert(target, source)
    return transpose(x, order)


def _diagonal(x: Operand, offset: int, axis1: int, axis2: int, where: str) -> Tensor:
    x = lift(x)
    if x.ndim < 2:
        raise ShapeError(where, expected="two axes or more", got=f"shape {x.shape}")
    first, second = (normal_axis(axis, x.ndim, where) for axis in (axis1, axis2))
    if first == second:
        raise ShapeError(where, expected="two different axes", got=f"{axis1} and {axis2}")
    rest = [i for i in range(x.ndim) if i not in (first, second)]
    order = [*rest, first, second]
    matrices = x if order == list(range(x.ndim)) else transpose(x, order)
    rows, columns = np.arange(matrices.shape[-2]), np.arange(matrices.shape[-1])
    shift = whole_number(f"{where} offset", offset)
    rows = rows[(rows + shift >= 0) & (rows + shift < len(columns))]
    return matrices[..., rows, rows + shift]


@provides("trace", np.trace)
def _trace(
    a: Operand, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None
) -> Tensor:
    """Sum of the entries on a diagonal of each matrix; `cr.trace` is something else.

    >>> import numpy as np, chainrule as cr
    >>> np.trace(cr.variable([[1.0, 2.0], [3.0, 4.0]]))
    Tensor(5.0)
    """
    x = lift(a) if dtype is None else lift(a).astype(dtype_of("np.trace dtype", dtype))
    return sum(_diagonal(x, offset, axis1, axis2, "np.trace"), -1)


@provides("linalg_trace", np.linalg.trace)
def _linalg_trace(x: Operand, *, offset: int = 0, dtype: Any = None) -> Tensor:
    """`numpy.linalg.trace`: of the matrices over the last two axes."""
    return _trace(x, offset, -2, -1, dtype)


@provides("linalg_diagonal", np.linalg.diagonal)
def _linalg_diagonal(x: Operand, *, offset: int = 0) -> Tensor:
    """`numpy.linalg.diagonal`: of the matrices over the last two axes."""
    return _diagonal(x, offset, -2, -1, "np.linalg.diagonal")


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


@provides("linalg_cross", np.linalg.cross)
def _linalg_cross(a: Operand, b: Operand, *, axis: int = -1) -> Tensor:
    """`numpy.linalg.cross`: `cross` of vectors with three entries."""
    left, right = lift_together(a, b)
    for x in (left, right):
        if x.shape[normal_axis(axis, x.ndim, "np.linalg.cross")] != 3:
            raise ShapeError(
                "np.linalg.cross", expected="vectors with 3 entries", got=f"shape {x.shape}"
            )
    return cross(left, right, axis=axis)
