"""Rearrangements of entries: other shapes, other orders of axes, and broadcasting."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from chainrule.arguments import lengths, whole_numbers
from chainrule.errors import ShapeError
from chainrule.graph import Spec, misfit
from chainrule.ops.define import apply, normal_axes, normal_axis, primitive
from chainrule.ops.dependence import Gathered
from chainrule.ops.registry import FUNCTIONS, provides
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["broadcast_to", "expand_dims", "reshape", "squeeze", "swapaxes", "transpose"]

Shape = tuple[int, ...]


_RESHAPE = primitive(
    "reshape",
    lambda x, shape: x.reshape(shape),
    shape=lambda spec, shape: Spec(shape, spec.dtype),
    vjp=(lambda g, y, x, shape: reshape(g, x.shape),),
    dependence=Gathered(lambda x, shape: x),  # the flat order stays the same
    complex=True,
)


@provides("reshape")
def reshape(x: Operand, shape: int | Sequence[int]) -> Tensor:
    """Give the entries another shape, in the same order; one length may be −1, to be inferred.

    >>> import numpy as np, chainrule as cr
    >>> cr.reshape(np.arange(6.0), (2, -1)).shape
    (2, 3)
    """
    x = lift(x)
    wanted = list(lengths("reshape", shape, least=-1))
    known = math.prod(n for n in wanted if n != -1)
    if wanted.count(-1) == 1 and known and x.size % known == 0:
        wanted[wanted.index(-1)] = x.size // known
    if -1 in wanted or math.prod(wanted) != x.size:
        raise ShapeError(
            "reshape",
            expected=f"a shape with {x.size} entries, as {x.shape} has",
            got=f"{tuple(wanted)}",
        )
    return apply(_RESHAPE, x, shape=tuple(wanted))


@provides("expand_dims", np.expand_dims)
def expand_dims(x: Operand, axis: Axis) -> Tensor:
    """Insert axes of length 1 at these positions of the result.

    >>> import numpy as np, chainrule as cr
    >>> cr.expand_dims(np.ones(3), -1).shape
    (3, 1)
    """
    x = lift(x)
    numbers = whole_numbers("expand_dims axis", axis)
    added = 1 if isinstance(numbers, int) else len(numbers)
    axes = normal_axes(numbers, x.ndim + added, "expand_dims")
    lengths = iter(x.shape)
    return reshape(x, [1 if i in axes else next(lengths) for i in range(x.ndim + added)])


@provides("squeeze", np.squeeze)
def squeeze(x: Operand, axis: Axis = None) -> Tensor:
    """Remove all axes of length 1, or those in `axis`, which must have length 1.

    >>> import numpy as np, chainrule as cr
    >>> cr.squeeze(np.ones((1, 3, 1))).shape
    (3,)
    """
    x = lift(x)
    axes = normal_axes(axis, x.ndim, "squeeze")
    dropped = [i for i in axes if x.shape[i] == 1]
    if axis is not None and len(dropped) != len(axes):
        raise ShapeError(
            "squeeze", expected="axes of length 1", got=f"shape {x.shape}, axis={axis}"
        )
    return reshape(x, [n for i, n in enumerate(x.shape) if i not in dropped])


def _transpose_shape(spec: Spec, axes: Shape) -> Spec:
    return Spec(tuple(spec.shape[i] for i in axes), spec.dtype)


_TRANSPOSE = primitive(
    "transpose",
    lambda x, axes: np.transpose(x, axes),
    shape=_transpose_shape,
    vjp=(lambda g, y, x, axes: transpose(g, tuple(map(int, np.argsort(axes)))),),
    dependence=Gathered(lambda x, axes: np.transpose(x, axes)),
    complex=True,
)


@provides("transpose", np.transpose)
def transpose(x: Operand, axes: Sequence[int] | None = None) -> Tensor:
    """Permute the axes, by default in reverse order; the gradient gets the inverse permutation.

    >>> import chainrule as cr
    >>> cr.transpose([[1.0, 2.0, 3.0]]).shape
    (3, 1)
    """
    x = lift(x)
    given = range(x.ndim)[::-1] if axes is None else whole_numbers("transpose axes", axes)
    given = (given,) if isinstance(given, int) else given
    order = tuple(i + x.ndim if i < 0 else i for i in given)
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
    i, j = (normal_axis(axis, x.ndim, "swapaxes") for axis in (first, second))
    order[i], order[j] = j, i
    return apply(_TRANSPOSE, x, axes=tuple(order))


def _broadcast_shape(spec: Spec, shape: Shape) -> Spec:
    try:
        fits = np.broadcast_shapes(spec.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise misfit(f"a shape that broadcasts to {shape}")
    return Spec(shape, spec.dtype)


_BROADCAST = primitive(
    "broadcast_to",
    lambda x, shape: np.broadcast_to(x, shape),
    shape=_broadcast_shape,
    vjp=(lambda g, y, x, shape: FUNCTIONS["sum_to"](g, x.shape),),
    dependence=Gathered(lambda x, shape: np.broadcast_to(x, shape)),
    complex=True,
)


@provides("broadcast_to", np.broadcast_to)
def broadcast_to(x: Operand, shape: int | Sequence[int]) -> Tensor:
    """Repeat the entries along new axes and axes of length 1; the gradient is summed over them.

    >>> import chainrule as cr
    >>> cr.broadcast_to([1.0, 2.0], (2, 2))
    Tensor([[1., 2.],
            [1., 2.]])
    """
    x, shape = lift(x), lengths("broadcast_to", shape)
    return x if x.shape == shape else apply(_BROADCAST, x, shape=shape)
