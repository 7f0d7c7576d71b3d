"""Broadcasting to a larger shape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Spec
from chainrule.ops.define import apply, primitive
from chainrule.ops.dependence import Gathered
from chainrule.ops.registry import FUNCTIONS, provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["broadcast_to"]

Shape = tuple[int, ...]


def _broadcast_shape(spec: Spec, shape: Shape) -> Spec:
    try:
        fits = np.broadcast_shapes(spec.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            "broadcast_to", expected=f"a shape that broadcasts to {shape}", got=f"{spec.shape}"
        )
    return Spec(shape, spec.dtype)


_BROADCAST = primitive(
    "broadcast_to",
    lambda x, shape: np.broadcast_to(x, shape),
    shape=_broadcast_shape,
    vjp=(lambda g, y, x, shape: FUNCTIONS["sum_to"](g, x.shape),),
    dependence=Gathered(lambda x, shape: np.broadcast_to(x, shape)),
)


@provides("broadcast_to", np.broadcast_to)
def broadcast_to(x: Operand, shape: int | Sequence[int]) -> Tensor:
    """Repeat the entries along new axes and axes of length 1; the gradient is summed over them.

    >>> import chainrule as cr
    >>> cr.broadcast_to([1.0, 2.0], (2, 2))
    Tensor([[1., 2.],
            [1., 2.]])
    """
    x, shape = lift(x), (shape,) if isinstance(shape, int) else tuple(int(n) for n in shape)
    return x if x.shape == shape else apply(_BROADCAST, x, shape=shape)
