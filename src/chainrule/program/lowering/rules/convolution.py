"""Convolution and its gradients, recognised in the products of windows that they are recorded as.

    forward    transpose(reshape(matmul(rows of windows, weightᵀ))), then the bias, then ReLU
    of weight  matmul(transpose(rows of windows), rows of the upstream gradient)
    of x       fold(transpose(reshape(matmul(rows of the upstream gradient, weight))))

An instruction for each copies the windows of a few positions at a time, where the product of all
windows at once would write them to memory, and read them from there.
"""

from __future__ import annotations

from typing import Any

from chainrule.graph import Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules.registry import recognises
from chainrule.program.lowering.rules.sliding_windows import (
    AXES,
    Shape,
    rows_of_windows,
    three_axes,
    windows_of,
)
from chainrule.program.view import Buffer, View


@recognises("transpose")
def convolution(ctx: LoweringContext, node: Node, y: View, **_: Any) -> View | None:
    """The products of windows and weights, with channels as the second axis."""
    return _forward(ctx, node, _product(node))


@recognises("add")
def with_bias(ctx: LoweringContext, node: Node, *_: View) -> View | None:
    """A convolution and its bias, one number for each channel."""
    parts = _biased(ctx, node)
    return parts and _forward(ctx, node, parts[0], parts[1])


@recognises("relu")
def with_relu(ctx: LoweringContext, node: Node, z: View) -> View | None:
    """A convolution with its bias and ReLU, where only the gate of ReLU reads what is before it."""
    before = node.inputs[0]
    parts = _biased(ctx, before) if before.kind == "add" else None
    gates = all(user is node or user.kind == "greater" for user, _ in ctx.consumers[before])
    if not parts or not gates or before in ctx.outputs:
        return None
    return _forward(ctx, node, parts[0], parts[1], relu=True)


@recognises("matmul")
def of_weight(ctx: LoweringContext, node: Node, *_: View) -> View | None:
    """∂L/∂weight, transposed: (D·K…, H)."""
    windows, rows = (rows_of_windows(_untransposed(node.inputs[0])), node.inputs[1])
    upstream = _channels_last(rows)
    if windows is None or upstream is None or node.inputs[0].kind != "transpose":
        return None
    axes = len(windows.params["size"])
    counts = windows.spec.shape[2 : 2 + axes]
    same = upstream.spec.shape[:1] + upstream.spec.shape[2:] == windows.spec.shape[:1] + counts
    if not same or not _are_floats(ctx, node, windows, upstream):
        return None
    g = ctx.contiguous(ctx.views[upstream], node)
    x = three_axes(ctx.views[windows], axes)
    shape = node.spec.shape[::-1]
    return ctx.emit("convolution_weight", [x, _merged(g)], shape, node).transpose((1, 0))


@recognises("fold")
def of_input(
    ctx: LoweringContext,
    node: Node,
    windows: View,
    size: Shape,
    stride: Shape,
    dilation: Shape,
    length: Shape,
) -> View | None:
    """∂L/∂x: the products of the upstream gradient and the weights, added to windows of x."""
    axes, order = len(size), node.inputs[0]
    if axes > AXES or order.kind != "transpose" or len(order.spec.shape) != 2 + 2 * axes:
        return None
    expected = (0, axes + 1, *range(1, axes + 1), *range(axes + 2, 2 * axes + 2))
    product = _unreshaped(order.inputs[0])
    if order.params["axes"] != expected or product.kind != "matmul":
        return None
    rows, weight = product.inputs
    upstream = _channels_last(rows)
    batch, channels, *counts = order.spec.shape[: 2 + axes]
    if (
        upstream is None
        or weight not in ctx.views
        or len(weight.spec.shape) != 2
        or upstream.spec.shape[:1] + upstream.spec.shape[2:] != (batch, *counts)
        or not _are_floats(ctx, node, upstream, weight)
    ):
        return None
    shape = (batch, channels, *length)
    g, w = (ctx.contiguous(ctx.views[part], node) for part in (upstream, weight))
    strides = three_axes(windows_of(Buffer("", 0).whole(shape), size, stride, dilation), axes)
    return ctx.emit(
        "convolution_input",
        [_merged(g), w],
        shape,
        node,
        windows=(strides.shape, strides.strides),
    )


def _product(node: Node) -> tuple[Node, Node, Node] | None:
    """The windows, the matrix (D·K…, H) and the node of a product with channels second, if any."""
    shape = node.spec.shape
    last = len(shape) - 1
    if node.kind != "transpose" or node.params["axes"] != (0, last, *range(1, last)):
        return None
    reshaped = node.inputs[0]
    product = reshaped.inputs[0] if reshaped.kind == "reshape" else node
    if product.kind != "matmul":
        return None
    windows = rows_of_windows(product.inputs[0])
    if windows is None or len(product.inputs[1].spec.shape) != 2:
        return None
    axes = len(windows.params["size"])
    same = shape[:1] + shape[2:] == windows.spec.shape[:1] + windows.spec.shape[2 : 2 + axes]
    return (windows, product.inputs[1], node) if same else None


def _biased(ctx: LoweringContext, node: Node) -> tuple[tuple[Node, Node, Node], Node] | None:
    """A convolution that only this sum with a bias (H, 1 …) reads, and the bias."""
    y, bias = node.inputs
    parts = _product(y)
    if parts is None or len(ctx.consumers[y]) != 1 or y in ctx.outputs:
        return None
    per_channel = bias.spec.shape == (y.spec.shape[1], *(1,) * (len(y.spec.shape) - 2))
    return (parts, bias) if per_channel and bias in ctx.views else None


def _forward(
    ctx: LoweringContext,
    node: Node,
    parts: tuple[Node, Node, Node] | None,
    bias: Node | None = None,
    *,
    relu: bool = False,
) -> View | None:
    if parts is None or not _are_floats(ctx, node, *parts[:2], *([bias] if bias else [])):
        return None
    windows, weight, _ = parts
    x = three_axes(ctx.views[windows], len(windows.params["size"]))
    matrix = ctx.contiguous(ctx.views[weight].transpose((1, 0)), node)
    operands = [x, matrix]
    if bias is not None:
        numbers = ctx.contiguous(ctx.views[bias], node).reshape((matrix.shape[0],))
        assert numbers is not None, "a contiguous view can be reshaped"
        operands.append(numbers)
    return ctx.emit("convolution", operands, node.spec.shape, node, relu=relu)


def _are_floats(ctx: LoweringContext, node: Node, *sources: Node) -> bool:
    """Whether all have been lowered, to floats of the program, and none is empty."""
    known = all(source in ctx.views for source in sources)
    return known and ctx.is_floating(node, *(ctx.views[source] for source in sources))


def _channels_last(rows: Node) -> Node | None:
    """The array (B, H, O …) whose channels are the columns of a matrix (B·O…, H), if any."""
    if rows.kind != "reshape" or len(rows.spec.shape) != 2 or rows.inputs[0].kind != "transpose":
        return None
    order = rows.inputs[0]
    n = len(order.spec.shape)
    if order.params["axes"] != (0, *range(2, n), 1) or order.spec.shape[-1] != rows.spec.shape[1]:
        return None
    return order.inputs[0]


def _untransposed(node: Node) -> Node:
    return node.inputs[0] if node.kind == "transpose" and node.params["axes"] == (1, 0) else node


def _unreshaped(node: Node) -> Node:
    while node.kind == "reshape":
        node = node.inputs[0]
    return node


def _merged(g: View) -> View:
    """A contiguous gradient (B, H, O …) with its positions as one axis."""
    merged = g.reshape((*g.shape[:2], g.size // (g.shape[0] * g.shape[1])))
    assert merged is not None, "a contiguous view can be reshaped"
    return merged
