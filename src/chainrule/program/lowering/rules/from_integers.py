"""Rules of primitives that compute numbers from integers: one-hot rows and random draws."""

from __future__ import annotations

from typing import Any

from chainrule.graph import Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules.registry import lowers
from chainrule.program.view import View

Shape = tuple[int, ...]


@lowers("one_hot")
def one_hot(ctx: LoweringContext, node: Node, x: View, classes: int, dtype: Any) -> View | None:
    """A row of zeros for each label, with a 1 at the label."""
    if x.buffer.kind != "int" or dtype != ctx.dtype:
        return None
    return ctx.emit("one_hot", [ctx.contiguous(x, node)], node.spec.shape, node, classes=classes)


@lowers("uniform")
def uniform(
    ctx: LoweringContext, node: Node, counter: View, seed: int, shape: Shape, dtype: Any
) -> View | None:
    """Draws from U[0, 1), determined by the seed and a counter."""
    if counter.buffer.kind != "int" or dtype != ctx.dtype:
        return None
    return ctx.emit("uniform", [counter], shape, node, seed=seed % 2**64)
