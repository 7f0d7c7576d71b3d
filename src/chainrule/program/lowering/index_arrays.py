"""Arrays of integers that select rows of another array, as kernels take them."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.view import View

__all__ = ["INDEX", "as_int64", "as_rows", "converted"]

INDEX = np.dtype(np.int64)


def as_int64(ctx: LoweringContext, node: Node, x: View) -> View | None:
    """Integers as a contiguous array of int64, which `node` indexes with; None for other dtypes."""
    if x.buffer.dtype == INDEX:
        return ctx.contiguous(x, node)
    return converted(ctx, node, x, INDEX) if x.buffer.dtype.kind in "iu" else None


def converted(ctx: LoweringContext, node: Node, x: View, target: np.dtype) -> View:
    """The numbers in another dtype, contiguous."""
    return ctx.emit("astype", [ctx.contiguous(x, node)], x.shape, node, dtype=target)


def as_rows(ctx: LoweringContext, node: Node, x: View, axes: int) -> View:
    """`x` as a matrix whose rows are contiguous, one for each index along its first `axes` axes."""
    shape = math.prod(x.shape[:axes]), math.prod(x.shape[axes:])
    rows = x.reshape(shape)
    if rows is None or (shape[1] > 1 and rows.strides[1] != 1):
        rows = ctx.contiguous(x, node).reshape(shape)
    assert rows is not None, "a contiguous view can be reshaped"
    return rows
