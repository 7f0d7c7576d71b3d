"""Reshaping, which keeps the entries in the same order."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Spec
from chainrule.ops.define import apply, normal_axes, primitive
from chainrule.ops.dependence import Gathered
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["expand_dims", "reshape", "squeeze"]

Shape = tuple[int, ...]


def _reshape_shape(spec: Spec, shape: Shape) -> Spec:
    return Spec(shape, spec.dtype)


_RESHAPE = primitive(
    "reshape",
    lambda x, shape: x.reshape(shape),
    shape=_reshape_shape,
    vjp=(lambda g, y, x, shape: reshape(g, x.shape),),
    dependence=Gathered(lambda x, shape: x),  # the flat order stays the same
)


@provides("reshape", np.reshape)
def reshape(x: Operand, shape: int | Sequence[int]) -> Tensor:
    """Give the entries another shape, in the same order; one length may be −1, to be inferred.

    >>> import numpy as np, chainrule as cr
    >>> cr.reshape(np.arange(6.0), (2, -1)).shape
    (2, 3)
    """
    x = lift(x)
    wanted = [int(shape)] if np.ndim(shape) == 0 else [int(n) for n in shape]  # type: ignore
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
    added = len(axis) if isinstance(axis, tuple) else 1
    axes = normal_axes(axis, x.ndim + added, "expand_dims")
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
