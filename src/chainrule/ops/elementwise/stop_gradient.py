"""Stops gradients on purpose."""

from __future__ import annotations

from chainrule.ops.define import apply, primitive, unchanged
from chainrule.ops.dependence import Elementwise
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["stop_gradient"]

_STOP = primitive(
    "stop_gradient",
    unchanged,
    shape=unchanged,
    vjp=(None,),
    dependence=Elementwise((None,)),
)


@provides("stop_gradient")
def stop_gradient(x: Operand) -> Tensor:
    """Pass the entries on as a constant: no gradient flows back to x.

    >>> import chainrule as cr
    >>> cr.grad(lambda x: x * cr.stop_gradient(x))(3.0)
    3.0
    """
    return apply(_STOP, lift(x))
