"""The cross product of vectors."""

from __future__ import annotations

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import (
    apply,
    arithmetic,
    as_cotangent,
    broadcast_shapes,
    lift_together,
    normal_axis,
    primitive,
)
from chainrule.ops.movement.axes import moveaxis
from chainrule.ops.reductions import sum_to
from chainrule.ops.registry import provides
from chainrule.ops.shapes import concatenate, zeros_like
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["cross"]


def _cross_shape(a: Spec, b: Spec) -> Spec:
    if a.shape[-1:] != (3,) or b.shape[-1:] != (3,):
        raise misfit("vectors with 3 entries along the last axis")
    return Spec(broadcast_shapes(a.shape, b.shape), arithmetic(a.dtype, b.dtype))


def _cross(a: Array, b: Array) -> Array:
    dtype = arithmetic(a.dtype, b.dtype)
    a, b = a.astype(dtype, copy=False), b.astype(dtype, copy=False)
    following, preceding = [1, 2, 0], [2, 0, 1]
    return a[..., following] * b[..., preceding] - a[..., preceding] * b[..., following]


def _left_vjp(g: Tensor, y: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return as_cotangent(sum_to(apply(_CROSS, b, g), a.shape), a)


def _right_vjp(g: Tensor, y: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return as_cotangent(sum_to(apply(_CROSS, g, a), b.shape), b)


_CROSS = primitive(
    "cross",
    _cross,
    shape=_cross_shape,
    vjp=(_left_vjp, _right_vjp),
    complex=True,
)


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

    ∂L/∂a = b × G,  ∂L/∂b = G × a

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
        _last(x, normal_axis(i, x.ndim, "np.cross")) for x, i in ((left, axisa), (right, axisb))
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
    found = apply(_CROSS, *map(_with_three, (left, right)))
    last, target = found.ndim - 1, normal_axis(axisc, found.ndim, "np.cross")
    return found if target == last else moveaxis(found, last, target)


def _last(x: Tensor, axis: int) -> Tensor:
    return x if axis == x.ndim - 1 else moveaxis(x, axis, -1)


def _with_three(x: Tensor) -> Tensor:
    return x if x.shape[-1] == 3 else concatenate([x, zeros_like(x[..., :1])], -1)


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
