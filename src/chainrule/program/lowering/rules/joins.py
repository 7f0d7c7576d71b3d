"""Rules of joins: each part is written into its slice of the result."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.parts import Part, write_parts
from chainrule.program.lowering.rules.registry import lowers
from chainrule.program.view import View

EVERYTHING = slice(None)


@lowers("concatenate", any_floats=True)
def concatenate(ctx: LoweringContext, node: Node, *views: View, axis: int) -> View | None:
    """Parts one after the other along an axis."""
    parts: list[Part] = []
    end = 0
    for view in views:
        begin, end = end, end + view.shape[axis]
        parts.append(Part((*(EVERYTHING,) * axis, slice(begin, end), ...), view))
    return write_parts(ctx, node, parts, node.spec.shape)


@lowers("stack", any_floats=True)
def stack(ctx: LoweringContext, node: Node, *views: View, axis: int) -> View | None:
    """Parts one after the other along an axis of their own."""
    parts = [Part((*(EVERYTHING,) * axis, i, ...), view) for i, view in enumerate(views)]
    return write_parts(ctx, node, parts, node.spec.shape)


@lowers("pad", any_floats=True)
def pad(
    ctx: LoweringContext, node: Node, x: View, widths: tuple[tuple[int, int], ...], fill: float
) -> View | None:
    """A constant around one part."""
    ends = zip(widths, x.shape, strict=True)
    inside = tuple(slice(before, before + length) for (before, _), length in ends)
    return write_parts(ctx, node, [Part(inside, x)], node.spec.shape, np.asarray(fill))
