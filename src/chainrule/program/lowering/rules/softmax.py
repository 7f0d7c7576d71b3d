"""Rules of softmax, log-softmax, and the logarithmic loss over the classes of each row."""

from __future__ import annotations

import math
from typing import Any

from chainrule.graph import Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules.elementwise import built_in
from chainrule.program.lowering.rules.registry import lowers
from chainrule.program.view import View

Shape = tuple[int, ...]


@lowers("softmax", "log_softmax")
def over_rows(ctx: LoweringContext, node: Node, x: View, axis: Shape, **_: Any) -> View | None:
    """Softmax or its logarithm over the last axis; other axes have no opcode."""
    if axis != (len(x.shape) - 1,):
        return ctx.refuse("an axis that is not the last one")
    if not ctx.is_floating(node, x):
        return None
    rows = ctx.contiguous(x, node).reshape((math.prod(x.shape[:-1]), x.shape[-1]))
    assert rows is not None
    return ctx.emit(node.kind, [rows], rows.shape, node).reshape(x.shape)


@lowers("log_loss")
def log_loss(ctx: LoweringContext, node: Node, x: View, labels: View) -> View | None:
    """−log softmax(x)[label], with softmax(x) − one_hot(label) as an extra result, "excess".

    The backward pass needs the excess, which takes the same exponentials.
    """
    operands = _rows_and_labels(ctx, node, x, labels)
    if operands is None:
        return None
    extra = {"excess": operands[0].shape}
    losses = ctx.emit("log_loss", operands, (labels.size,), node, extra=extra)
    return losses.reshape(labels.shape)


@lowers("sub")
def sub(ctx: LoweringContext, node: Node, x: View, y: View) -> View | None:
    """A difference; softmax(x) − one_hot(label) may be computed already, by `log_loss`."""
    left, right = node.inputs
    if left.kind == "softmax" and right.kind == "one_hot":
        logits, labels = ctx.views[left.inputs[0]], ctx.views[right.inputs[0]]
        operands = _rows_and_labels(ctx, left, logits, labels)
        known = ctx.existing("excess", operands, operands[0].shape) if operands else None
        if known is not None:
            return known.reshape(node.spec.shape)
    return built_in(ctx, node, "sub", x, y)


def _rows_and_labels(ctx: LoweringContext, node: Node, x: View, labels: View) -> list[View] | None:
    """`x` as one row of classes for each label, and the labels."""
    if not ctx.is_floating(node, x) or labels.buffer.kind != "int":
        return None
    rows = ctx.contiguous(x, node).reshape((labels.size, x.shape[-1]))
    assert rows is not None
    return [rows, ctx.contiguous(labels, node)]
