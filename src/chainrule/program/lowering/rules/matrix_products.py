"""The rule of matrix products: operands and results may be row-major or column-major."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from chainrule.graph import Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules.registry import lowers
from chainrule.program.view import View, common_axes, matrix_order


@lowers("matmul")
def matmul(ctx: LoweringContext, node: Node, a: View, b: View) -> View | None:
    """A·B of matrices or vectors, or of stacks of matrices."""
    if not ctx.is_floating(node, a, b):
        return None
    left = a if len(a.shape) > 1 else replace(a, shape=(1, *a.shape), strides=(0, *a.strides))
    right = b if len(b.shape) > 1 else replace(b, shape=(*b.shape, 1), strides=(*b.strides, 0))
    if len(right.shape) > 2:
        return _gemm_stack(ctx, node, left, right).reshape(node.spec.shape)
    column_major = False
    if len(left.shape) > 2:
        flat = math.prod(left.shape[:-1]), left.shape[-1]
        left = left.reshape(flat) or ctx.copied(left, node).reshape(flat)
        assert left is not None, "a copy has no gaps"
    else:
        column_major = _only_used_transposed(ctx, node)
    return _gemm(ctx, node, left, right, column_major=column_major).reshape(node.spec.shape)


def _only_used_transposed(ctx: LoweringContext, node: Node) -> bool:
    """Whether the only use of a product is transposed, as with the gradient of a weight."""
    while True:
        uses = ctx.consumers[node]
        if len(uses) != 1 or node in ctx.outputs:
            return False
        node = uses[0][0]
        if node.kind == "transpose":
            return node.params["axes"] == (1, 0) and node not in ctx.transposed
        if node.kind != "reshape" or node.spec.shape != node.inputs[0].spec.shape:
            return False


def _gemm(ctx: LoweringContext, node: Node, a: View, b: View, *, column_major: bool) -> View:
    """A·B, stored row-major, or column-major as the row-major transpose Bᵀ·Aᵀ."""
    if column_major:
        b, a = a.transpose((1, 0)), b.transpose((1, 0))
    operands = [view if matrix_order(view) else ctx.copied(view, node) for view in (a, b)]
    out = ctx.emit("gemm", operands, (a.shape[0], b.shape[1]), node)
    return out.transpose((1, 0)) if column_major else out


def _gemm_stack(ctx: LoweringContext, node: Node, a: View, b: View) -> View:
    """The product of each pair of matrices, as one instruction.

    Its operands have two axes of stacks.  Where two are too few, the operands are copied.
    """
    stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    rows, depth, columns = *a.shape[-2:], b.shape[-1]
    operands: list[View] = []
    for view, matrix in ((a, (rows, depth)), (b, (depth, columns))):
        readable = matrix_order(_matrix(view)) is not None
        operands.append((view if readable else ctx.copied(view, node)).broadcast((*stack, *matrix)))
    axes = [replace(v, shape=stack, strides=v.strides[:-2]) for v in operands]
    if len(common_axes(axes)[0]) > 2:
        operands = [ctx.copied(view, node) for view in operands]
        axes = [replace(v, shape=stack, strides=v.strides[:-2]) for v in operands]
    lengths, strides = common_axes(axes)
    extra = 2 - len(lengths)
    operands = [
        replace(
            view,
            shape=(*(1,) * extra, *lengths, *view.shape[-2:]),
            strides=(*(0,) * extra, *along, *view.strides[-2:]),
        )
        for view, along in zip(operands, strides, strict=True)
    ]
    shape = (*operands[0].shape[:3], columns)
    out = ctx.emit("gemm_stack", operands, shape, node).reshape((*stack, rows, columns))
    assert out is not None, "a result has no gaps"
    return out


def _matrix(view: View) -> View:
    """The first matrix of a stack."""
    return replace(view, shape=view.shape[-2:], strides=view.strides[-2:])
