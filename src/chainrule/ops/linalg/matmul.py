"""Products of matrices and vectors."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import (
    apply,
    arithmetic,
    as_cotangent,
    broadcast_shapes,
    lift_together,
    primitive,
)
from chainrule.ops.dependence import Contracted, Products
from chainrule.ops.reductions import sum_to
from chainrule.ops.registry import provides
from chainrule.ops.shapes import expand_dims, reshape, swapaxes
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["matmul"]


def _matmul_shape(a: Spec, b: Spec) -> Spec:
    rows = a.shape if len(a.shape) > 1 else (1, *a.shape)
    columns = b.shape if len(b.shape) > 1 else (*b.shape, 1)
    try:
        if not (a.shape and b.shape) or rows[-1] != columns[-2]:
            raise ValueError
        batch = broadcast_shapes(rows[:-2], columns[:-2])
    except ValueError:
        raise misfit(
            "the last axis of the left operand as long as the second last of the right",
            "transpose or reshape one of them",
        ) from None
    width = b.shape[-1:] if len(b.shape) > 1 else ()
    return Spec((*batch, *a.shape[-2:-1], *width), arithmetic(a.dtype, b.dtype))


def _matrices(g: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """All three as matrices, with an axis inserted where `matmul` omits it for a vector."""
    if b.ndim == 1:
        b, g = expand_dims(b, -1), expand_dims(g, -1)
    if a.ndim == 1:
        a, g = expand_dims(a, 0), expand_dims(g, -2)
    return g, a, b


def _left_vjp(g: Tensor, y: Tensor, a: Tensor, b: Tensor) -> Tensor:
    upstream, rows, columns = _matrices(g, a, b)
    gradient = sum_to(upstream @ swapaxes(columns, -1, -2), rows.shape)
    return as_cotangent(reshape(gradient, a.shape), a)


def _right_vjp(g: Tensor, y: Tensor, a: Tensor, b: Tensor) -> Tensor:
    upstream, rows, columns = _matrices(g, a, b)
    if columns.ndim == 2 < rows.ndim:  # one product of all rows, not one for each matrix
        count = math.prod(rows.shape[:-1])
        rows, upstream = (reshape(x, (count, x.shape[-1])) for x in (rows, upstream))
    gradient = sum_to(swapaxes(rows, -1, -2) @ upstream, columns.shape)
    return as_cotangent(reshape(gradient, b.shape), b)


def _matmul(a: Array, b: Array) -> Array:
    return np.asarray(np.matmul(a, b, dtype=arithmetic(a.dtype, b.dtype)))


def _products(a: tuple[int, ...], b: tuple[int, ...]) -> Products:
    """The terms y[…, i, j] += a[…, i, k] · b[…, k, j], with the multi-index (…, i, k, j)."""
    rows = (1, *a)
    columns = b if len(b) > 1 else (*b, 1)
    (i, k), j = rows[-2:], columns[-1]
    batch = broadcast_shapes(rows[:-2], columns[:-2])
    left, right = _strides(rows[:-2], batch, i * k), _strides(columns[:-2], batch, k * j)
    return Products(
        (*batch, i, k, j),
        output=(*_strides(batch, batch, i * j), j, 0, 1),
        left=(*left, k, 1, 0),
        right=(*right, 0, j, 1),
    )


def _strides(shape: tuple[int, ...], batch: tuple[int, ...], size: int) -> tuple[int, ...]:
    """The strides of matrices of `size` entries along the axes of `batch`; 0 where broadcast."""
    padded = (1,) * (len(batch) - len(shape)) + shape
    strides = [size * math.prod(padded[axis + 1 :]) for axis in range(len(padded))]
    return tuple(step if n > 1 else 0 for n, step in zip(padded, strides, strict=True))


_MATMUL = primitive(
    "matmul",
    _matmul,
    shape=_matmul_shape,
    vjp=(_left_vjp, _right_vjp),
    dependence=Contracted(_products),
    complex=True,
    stacks=True,
)


@provides("matmul", np.matmul, np.linalg.matmul)
def matmul(a: Operand, b: Operand) -> Tensor:
    """Matrix product A·B over the last two axes; vectors and batches are treated as in NumPy.

    ∂L/∂A = G·Bᵀ,  ∂L/∂B = Aᵀ·G

    >>> import numpy as np, chainrule as cr
    >>> cr.matmul(np.ones((2, 3)), np.ones(3))
    Tensor([3., 3.])
    """
    return apply(_MATMUL, *lift_together(a, b))
