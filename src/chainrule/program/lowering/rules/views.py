"""Rules of primitives that only change how memory is indexed: they emit no instruction."""

from __future__ import annotations

from chainrule.graph import Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules.registry import lowers
from chainrule.program.view import View

Shape = tuple[int, ...]


@lowers("transpose", any_floats=True)
def transpose(ctx: LoweringContext, node: Node, x: View, axes: Shape) -> View:
    """The same memory with other strides."""
    return x.transpose(axes)


@lowers("reshape", any_floats=True)
def reshape(ctx: LoweringContext, node: Node, x: View, shape: Shape) -> View | None:
    """The same memory with other strides, or a copy where no strides address it."""
    view = x.reshape(shape)
    return ctx.contiguous(x, node).reshape(shape) if view is None else view


@lowers("broadcast_to", any_floats=True)
def broadcast_to(ctx: LoweringContext, node: Node, x: View, shape: Shape) -> View:
    """The same memory with strides of 0."""
    return x.broadcast(shape)


@lowers("copy", "stop_gradient", any_floats=True)
def copy(ctx: LoweringContext, node: Node, x: View) -> View:
    """The same memory: a program never overwrites what is still needed."""
    return x
