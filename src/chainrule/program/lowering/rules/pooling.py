"""Maxima of windows and their gradient, recognised in what they are recorded as.

    forward    max(unfold(x)) over the axes inside the windows
    backward   fold(g · mask / sum(mask))  with  mask = (unfold(x) == y)

An instruction for each reads the windows where they are; the primitives by themselves copy them.
"""

from __future__ import annotations

import math
from typing import Any

from chainrule.graph import Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules.registry import recognises
from chainrule.program.lowering.rules.sliding_windows import AXES, Shape, three_axes, windows_of
from chainrule.program.view import Buffer, View


@recognises("max")
def maxima(ctx: LoweringContext, node: Node, x: View, **_: Any) -> View | None:
    """The maximum of each window."""
    windows = _windows_under(node)
    if windows is None or not ctx.is_floating(node, x):
        return None
    merged = _merged(ctx.views[windows], len(windows.params["size"]))
    return merged and ctx.emit("window_max", [merged], node.spec.shape, node)


@recognises("fold")
def gradient(
    ctx: LoweringContext,
    node: Node,
    shares: View,
    size: Shape,
    stride: Shape,
    dilation: Shape,
    length: Shape,
) -> View | None:
    """The upstream gradient of each maximum, shared by the entries that are equal to it."""
    found = _shared(node.inputs[0])
    if found is None:
        return None
    g, windows, y = found
    params = {"size": size, "stride": stride, "dilation": dilation}
    sources = (g, windows, y)
    if windows.params != params or windows.inputs[0].spec != node.spec:
        return None
    if not all(source in ctx.views for source in sources):
        return None
    views = [ctx.views[source] for source in sources]
    x = _merged(views[1], len(size))
    if x is None or not ctx.is_floating(node, *views):
        return None
    upstream, maximum = (ctx.contiguous(view, node) for view in (views[0], views[2]))
    rest = math.prod(node.spec.shape[: len(node.spec.shape) - len(size)])
    plain = windows_of(Buffer("", 0).whole((rest, *length)), size, stride, dilation)
    return ctx.emit(
        "window_max_gradient",
        [x, maximum, upstream],
        node.spec.shape,
        node,
        windows=three_axes(plain, len(size)).strides,
    )


def _windows_under(node: Node) -> Node | None:
    """The windows of which a node takes the maximum over all axes inside them, if it does."""
    windows = node.inputs[0]
    if node.kind != "max" or windows.kind != "unfold":
        return None
    n, axes = len(windows.spec.shape), len(windows.params["size"])
    inside = tuple(range(n - axes, n))
    return windows if axes <= AXES and node.params["axis"] == inside else None


def _shared(product: Node) -> tuple[Node, Node, Node] | None:
    """The upstream gradient, the windows and their maxima in g · mask / sum(mask)."""
    if product.kind != "mul" or product.inputs[1].kind != "div":
        return None
    upstream, (mask, count) = product.inputs[0], product.inputs[1].inputs
    if mask.kind != "astype" or count.kind != "sum" or count.inputs[0] is not mask:
        return None
    equal = mask.inputs[0]
    if equal.kind != "equal":
        return None
    windows, repeated = equal.inputs
    y = _unreshaped(repeated)
    inside = _windows_under(y)
    fits = inside is windows and count.params["axis"] == y.params["axis"]
    g = _unreshaped(upstream)
    return (g, windows, y) if fits and g.spec.size == y.spec.size else None


def _unreshaped(node: Node) -> Node:
    while node.kind == "reshape":
        node = node.inputs[0]
    return node


def _merged(windows: View, axes: int) -> View | None:
    """Windows with the axes before them merged and three windowed axes; None if that has gaps."""
    rest = len(windows.shape) - 2 * axes
    before = View(windows.buffer, windows.shape[:rest], windows.strides[:rest])
    merged = before.reshape((math.prod(before.shape),))
    if merged is None:
        return None
    shape = (*merged.shape, *windows.shape[rest:])
    strides = (*merged.strides, *windows.strides[rest:])
    return three_axes(View(windows.buffer, shape, strides, windows.offset), axes)
