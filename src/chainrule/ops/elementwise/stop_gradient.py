"""Where gradients stop on purpose."""

from __future__ import annotations

from chainrule.ops.define import apply, primitive
from chainrule.ops.define.entries import Elementwise
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["stop_gradient"]

_STOP = primitive(
    "stop_gradient",
    lambda x: x,
    shape=lambda spec: spec,
    vjp=(None,),
    entries=Elementwise((None,)),
)


@provides("stop_gradient")
def stop_gradient(x: Operand) -> Tensor:
    """The same entries, taken for a constant by everything that is made from them.

    >>> import chainrule as cr
    >>> cr.grad(lambda x: x * cr.stop_gradient(x))(3.0)
    3.0
    """
    return apply(_STOP, lift(x))
