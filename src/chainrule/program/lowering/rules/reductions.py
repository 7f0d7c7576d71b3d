"""Rules of reductions: axes are merged into three, of which the middle one is reduced."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules.registry import lowers
from chainrule.program.view import View

__all__ = ["merge_axes"]

Shape = tuple[int, ...]


@lowers("sum", "mean", "max", "min", "prod")
def reduction(
    ctx: LoweringContext, node: Node, x: View, axis: Shape, keepdims: bool
) -> View | None:
    """One number for each entry of the axes that remain."""
    return _reduce(ctx, node, node.kind, x, axis, keepdims)


@lowers("var")
def var(
    ctx: LoweringContext, node: Node, x: View, axis: Shape, keepdims: bool, ddof: int = 0
) -> View | None:
    """The variance from `standardize`, if it has computed one, else Σ (x − mean)² / (n − ddof)."""
    count = math.prod(x.shape[i] for i in axis)
    merged = merge_axes(ctx, node, x, axis)
    if merged is None or count == ddof:
        return None
    known = ctx.existing("var", [merged], (merged.shape[0], merged.shape[2]))
    if known is not None and not ddof:
        return _split_axes(known, x.shape, axis, keepdims)
    deviations = centred(ctx, node, x, axis)
    assert deviations is not None, "the axes can be merged"
    squared = ctx.elementwise("mul", [deviations, deviations], node)
    summed = _reduce(ctx, node, "sum", squared, axis, keepdims)
    assert summed is not None
    return ctx.elementwise("div", [summed, ctx.constant(np.asarray(float(count - ddof)))], node)


@lowers("centred")
def centred(ctx: LoweringContext, node: Node, x: View, axis: Shape) -> View | None:
    """x − mean, twice: what rounding took from the first mean is taken away by the second."""
    for _ in range(2):
        mean = _reduce(ctx, node, "mean", x, axis, keepdims=True)
        if mean is None:
            return None
        x = ctx.elementwise("sub", [x, mean], node)
    return x


def _reduce(
    ctx: LoweringContext, node: Node, op: str, x: View, axis: Shape, keepdims: bool
) -> View | None:
    if not axis and ctx.is_floating(node, x):
        return x
    merged = merge_axes(ctx, node, x, axis)
    if merged is None:
        return None
    out = ctx.emit(op, [merged], (merged.shape[0], merged.shape[2]), node)
    return _split_axes(out, x.shape, axis, keepdims)


def merge_axes(ctx: LoweringContext, node: Node, x: View, axis: Shape) -> View | None:
    """`x` with three axes, the middle one to be reduced; None if there is no axis or no float."""
    if not axis or not ctx.is_floating(node, x):
        return None
    ordered = x.transpose(axis_order(x, axis))
    first = axis[0] if _adjacent(axis) else len(x.shape) - len(axis)
    last = first + len(axis)
    groups = ordered.shape[:first], ordered.shape[first:last], ordered.shape[last:]
    return ctx.contiguous(ordered, node).reshape(tuple(math.prod(group) for group in groups))


def axis_order(x: View, axis: Shape) -> Shape:
    """The axes of `x`, with those to be reduced moved to the end if others are between them."""
    axes = range(len(x.shape))
    return tuple(axes) if _adjacent(axis) else (*(i for i in axes if i not in axis), *axis)


def _adjacent(axis: Shape) -> bool:
    return axis == tuple(range(axis[0], axis[-1] + 1))


def _split_axes(reduced: View, shape: Shape, axis: Shape, keepdims: bool) -> View:
    """The result of a reduction over `axis`, in the shape that an array of `shape` reduces to."""
    if keepdims:
        target = tuple(1 if i in axis else length for i, length in enumerate(shape))
    else:
        target = tuple(length for i, length in enumerate(shape) if i not in axis)
    view = reduced.reshape(target)
    assert view is not None, "a result is contiguous"
    return view
