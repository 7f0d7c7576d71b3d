"""Systems of linear equations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import (
    apply,
    as_cotangent,
    broadcast_shapes,
    floating,
    lift_together,
    primitive,
)
from chainrule.ops.linalg.failures import check_success, nan_where_it_fails
from chainrule.ops.linalg.inverse import INVERTIBLE
from chainrule.ops.linalg.matrix_parts import transposed
from chainrule.ops.linalg.notation import LARGEST_WRITTEN, cramer, listed
from chainrule.ops.linalg.shape_rules import square_matrices
from chainrule.ops.reductions import sum_to
from chainrule.ops.registry import provides
from chainrule.ops.shapes import expand_dims, reshape
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["solve", "solve_notation", "solve_or_nan", "solve_shape"]


def solve_shape(a: Spec, b: Spec) -> Spec:
    """The shape rule of solutions of A·X = B, where B is a vector or matrices."""
    n = square_matrices(a)
    columns = b.shape if len(b.shape) > 1 else (*b.shape, 1)
    try:
        if not b.shape or columns[-2] != n:
            raise ValueError
        batch = broadcast_shapes(a.shape[:-2], columns[:-2])
    except ValueError:
        raise misfit(
            f"a right side with {n} rows: a vector, or matrices over the last two axes",
            "append an axis to several vectors, as b[..., None]",
        ) from None
    return Spec(
        (*batch, n, *columns[-1:]) if len(b.shape) > 1 else (*batch, n), floating(a[1], b[1])
    )


_NAN_IF_SINGULAR = nan_where_it_fails(np.linalg.solve, trial=np.linalg.inv)


def _solve(a: Array, b: Array) -> Array:
    dtype = floating(a.dtype, b.dtype)
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    matrices = np.broadcast_to(a.astype(dtype, copy=False), (*batch, *a.shape[-2:]))
    return _NAN_IF_SINGULAR(matrices, b.astype(dtype, copy=False))


def solve_notation(a: Array, b: Array) -> Array:
    """Cramer's rule for small systems; entries that are only named for larger ones."""
    if a.shape[-1] > LARGEST_WRITTEN:
        one = b.shape[-2:]
        batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
        matrices = np.broadcast_to(a, (*batch, *a.shape[-2:]))
        return listed("solve", matrices, one, np.broadcast_to(b, batch + one))
    if b.ndim == 1:
        return solve_notation(a, b[:, None])[..., 0]
    return np.vectorize(cramer, [object], signature="(n,n),(n,k)->(n,k)")(a, b)


def _solve_pullback(
    cotangents: Sequence[Tensor], outputs: Any, inputs: Sequence[Tensor], wanted: Sequence[int]
) -> dict[int, Tensor]:
    (g,), (x,), (a, b) = cotangents, outputs, inputs
    if b.ndim == 1:
        g, x = expand_dims(g, -1), expand_dims(x, -1)
    right = solve_or_nan(transposed(a), g)
    return {i: (_of_right_side if i else _of_matrix)(right, x, inputs[i]) for i in wanted}


def _of_matrix(right: Tensor, x: Tensor, a: Tensor) -> Tensor:
    return as_cotangent(-sum_to(right @ transposed(x), a.shape), a)


def _of_right_side(right: Tensor, x: Tensor, b: Tensor) -> Tensor:
    columns = b.shape if b.ndim > 1 else (*b.shape, 1)
    return as_cotangent(reshape(sum_to(right, columns), b.shape), b)


_SOLVE = primitive(
    "solve",
    _solve,
    shape=solve_shape,
    pullback=_solve_pullback,
    notation=solve_notation,
    domain=INVERTIBLE,
    complex=True,
)


def solve_or_nan(a: Operand, b: Operand) -> Tensor:
    """`solve`, but the result is nan for singular matrices.

    >>> solve_or_nan([[0.0]], [1.0])
    Tensor([nan])
    """
    return apply(_SOLVE, *lift_together(a, b))


@provides("solve", np.linalg.solve)
def solve(a: Operand, b: Operand) -> Tensor:
    """The solution X of A·X = B for each matrix A over the last two axes.

    B̄ = A⁻ᵀ·G,  Ā = −B̄·Xᵀ: another solution, with the transposed matrix; no inverse is computed.

    As in NumPy 2, `b` is a vector if it has one axis, and otherwise matrices over its last two.

    Raises ShapeError unless the shapes fit, and MatrixError for a singular matrix, except where the
    function is traced or compiled: there the result is nan.

    >>> import chainrule as cr
    >>> cr.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0])
    Tensor([1. , 0.5])
    """
    left, right = lift_together(a, b)
    found = apply(_SOLVE, left, right)
    check_success(
        found,
        "np.linalg.solve",
        np.linalg.solve,
        left,
        right,
        expected=INVERTIBLE,
        got="a singular matrix",
        remedy="use np.linalg.lstsq or np.linalg.pinv, or add a small multiple of np.eye",
    )
    return found
