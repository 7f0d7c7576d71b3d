"""Rules of sliding windows: they are a view, and their transpose adds up slices."""

from __future__ import annotations

from itertools import product

from chainrule.graph import Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.parts import Part, write_parts
from chainrule.program.lowering.rules.registry import lowers
from chainrule.program.lowering.rules.sliding_windows import windows_of
from chainrule.program.view import View

Shape = tuple[int, ...]


@lowers("unfold", any_floats=True)
def unfold(
    ctx: LoweringContext, node: Node, x: View, size: Shape, stride: Shape, dilation: Shape
) -> View:
    """The same memory: an entry in several windows is read several times."""
    return windows_of(x, size, stride, dilation)


@lowers("fold")
def fold(
    ctx: LoweringContext,
    node: Node,
    g: View,
    size: Shape,
    stride: Shape,
    dilation: Shape,
    length: Shape,
) -> View | None:
    """For each position in a window, its entries of all windows are added to a slice."""
    axes = len(size)
    counts = g.shape[len(g.shape) - 2 * axes : len(g.shape) - axes]
    parts: list[Part] = []
    for position in product(*map(range, size)):
        settings = zip(position, dilation, counts, stride, strict=True)
        where = (slice(i * d, i * d + (n - 1) * s + 1, s) for i, d, n, s in settings)
        parts.append(Part((..., *where), g.at(..., *position)))
    return write_parts(ctx, node, parts, node.spec.shape)
