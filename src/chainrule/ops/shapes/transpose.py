"""Permutations of axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Spec
from chainrule.ops.define import apply, primitive
from chainrule.ops.dependence import Gathered
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["swapaxes", "transpose"]

Shape = tuple[int, ...]


def _transpose_shape(spec: Spec, axes: Shape) -> Spec:
    return Spec(tuple(spec.shape[i] for i in axes), spec.dtype)


_TRANSPOSE = primitive(
    "transpose",
    lambda x, axes: np.transpose(x, axes),
    shape=_transpose_shape,
    vjp=(lambda g, y, x, axes: transpose(g, tuple(map(int, np.argsort(axes)))),),
    dependence=Gathered(lambda x, axes: np.transpose(x, axes)),
)


@provides("transpose", np.transpose)
def transpose(x: Operand, axes: Sequence[int] | None = None) -> Tensor:
    """Permute the axes, by default in reverse order; the gradient gets the inverse permutation.

    >>> import chainrule as cr
    >>> cr.transpose([[1.0, 2.0, 3.0]]).shape
    (3, 1)
    """
    x = lift(x)
    order = tuple(reversed(range(x.ndim))) if axes is None else tuple(axes)
    order = tuple(int(i) + x.ndim if i < 0 else int(i) for i in order)
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError("transpose", expected=f"each of {x.ndim} axes once", got=f"axes={axes}")
    return apply(_TRANSPOSE, x, axes=order)


@provides("swapaxes", np.swapaxes)
def swapaxes(x: Operand, first: int, second: int) -> Tensor:
    """Exchange two axes.

    >>> import numpy as np, chainrule as cr
    >>> cr.swapaxes(np.ones((2, 3, 4)), 0, -1).shape
    (4, 3, 2)
    """
    x = lift(x)
    order = list(range(x.ndim))
    order[first], order[second] = order[second], order[first]
    return transpose(x, order)
