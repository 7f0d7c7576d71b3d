"""The rule of matrix products: operands and results may be row-major or column-major."""

from __future__ import annotations

import math
from dataclasses import replace

from chainrule.graph import Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules.registry import lowers
from chainrule.program.view import View


@lowers("matmul")
def matmul(ctx: LoweringContext, node: Node, a: View, b: View) -> View | None:
    """A·B of two matrices or vectors, or of a stack of matrices and one matrix."""
    if not ctx.is_floating(node, a, b):
        return None
    if len(a.shape) > 2 and len(b.shape) == 2:
        rows = a.reshape((math.prod(a.shape[:-1]), a.shape[-1]))
        if rows is None:
            return None
        return _gemm(ctx, node, rows, b, column_major=False).reshape(node.spec.shape)
    if len(a.shape) > 2 or len(b.shape) > 2:
        return None
    left = a if len(a.shape) == 2 else replace(a, shape=(1, *a.shape), strides=(0, *a.strides))
    right = b if len(b.shape) == 2 else replace(b, shape=(*b.shape, 1), strides=(*b.strides, 0))
    product = _gemm(ctx, node, left, right, column_major=_only_used_transposed(ctx, node))
    return product.reshape(node.spec.shape)


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
    operands = [_without_gaps(ctx, node, view) for view in (a, b)]
    out = ctx.emit("gemm", operands, (a.shape[0], b.shape[1]), node)
    return out.transpose((1, 0)) if column_major else out


def _without_gaps(ctx: LoweringContext, node: Node, view: View) -> View:
    """The view if it is row-major or column-major without gaps, else a row-major copy."""
    packed = view.contiguous or view.transpose((1, 0)).contiguous
    return view if packed else ctx.contiguous(view, node)
