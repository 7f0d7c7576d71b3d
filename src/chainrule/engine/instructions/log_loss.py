"""The cross-entropy loss of rows of logits, with its gradient."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from chainrule.engine.emission.emit_log_loss import emit_log_loss
from chainrule.engine.emission.native_writer import (
    TRANSPOSE_COST,
    Layout,
    NativeWriter,
    Shape,
    StoredOperands,
)
from chainrule.engine.instructions.record import SCRATCH_DISTANCE, Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.simd.kernel_math import exp, is_finite, log
from chainrule.engine.simd.vector_emitter import VectorEmitter
from chainrule.engine.threads.row_share import SHARED_ROWS
from chainrule.engine.threads.work_sharing import share
from chainrule.graph import Node
from chainrule.program import Buffer, Instruction, View
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.index_arrays import as_int64
from chainrule.program.lowering.rules import built_in, lowers

__all__ = ["RECORD"]


@lowers("log_loss", indices=True)
def _lower(ctx: LoweringContext, node: Node, x: View, labels: View) -> View | None:
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
def _lower_sub(ctx: LoweringContext, node: Node, x: View, y: View) -> View | None:
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
    numbers = as_int64(ctx, node, labels) if ctx.is_floating(node, x) else None
    if numbers is None:
        return None
    rows = ctx.contiguous(x, node).reshape((labels.size, x.shape[-1]))
    assert rows is not None
    return [rows, numbers]


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    (x, labels), (losses, excess) = instruction.inputs, instruction.outputs
    rows, classes = x.shape
    return {
        "x": x.start,
        "labels": labels.start,
        "losses": losses.start,
        "excess": excess.start,
        "rows": rows,
        "classes": classes,
        "scratch": encoding.scratch(rows),
    }


@inner
def _log_loss(A, integers, a, labels, losses, o, rows, columns, scratch, rank, ranks):
    """−ln softmax(x)_label of each row to A[losses:], and softmax(x) − one_hot(label) to A[o:]."""
    first, last = share(rows, SHARED_ROWS, rank, ranks)
    targets = integers[labels : labels + rows]
    for r in range(first, last):
        x = A[a + r * columns : a + (r + 1) * columns]
        out = A[o + r * columns : o + (r + 1) * columns]
        top = x[0]
        for j in range(1, columns):
            top = max(top, x[j])
        if not is_finite(top):
            top = A.dtype.type(0)
        for j in range(columns):
            out[j] = x[j] - top
        label = targets[r]
        A[losses + r] = -out[label] if 0 <= label < columns else A.dtype.type(np.nan)
    # exponentials of all rows in one loop: a row is often shorter than a few vectors
    sums = A[scratch : scratch + last - first]
    out = A[o + first * columns : o + last * columns]
    for j in range(len(out)):
        out[j] = exp(out[j])
    for r in range(first, last):
        out, total = A[o + r * columns : o + (r + 1) * columns], A.dtype.type(0)
        for j in range(columns):
            total += out[j]
        sums[r - first] = total
        scale = 1 / total
        for j in range(columns):
            out[j] *= scale
        if 0 <= targets[r] < columns:
            out[targets[r]] -= 1
    loss = A[losses + first : losses + last]
    for i in range(len(loss)):
        loss[i] += log(sums[i])


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    _log_loss(A, integers, row[0], row[1], row[2], row[3], row[4], row[5], row[6] + rank * row[7],
              rank, ranks)  # fmt: skip


MAX_CLASSES = 32
"""The most classes for which native code is written: it holds a vector for each of them at once."""


def _shapes(instruction: Instruction, _: Mapping[Buffer, Shape]) -> dict[View, Shape]:
    (x, labels), (losses, excess) = instruction.inputs, instruction.outputs
    rows, columns = x.shape
    whole = dict.fromkeys((x, excess), (rows, columns))
    return {**whole, **dict.fromkeys((labels, losses), (1, rows))}


def _work(instruction: Instruction, stored: StoredOperands) -> int:
    """Each of the two matrices that is row-major is transposed."""
    pair = instruction.inputs[0], instruction.outputs[1]
    row_major = [stored.stored_shape(view) for view in pair if not stored.column_major(view)]
    return sum(TRANSPOSE_COST * lines * stored.vectors(classes) for lines, classes in row_major)


def _emit(
    floats: VectorEmitter, integers: VectorEmitter, instruction: Instruction, layout: Layout
) -> None:
    (x, labels), (losses, excess) = instruction.inputs, instruction.outputs
    emit_log_loss(
        floats, integers, layout.stored(instruction, x), labels.start,
        layout.matrices(instruction)[losses], layout.stored(instruction, excess),
    )  # fmt: skip


RECORD = InstructionRecord(
    ops=("log_loss",),
    fields=("x", "labels", "losses", "excess", "rows", "classes", "scratch", SCRATCH_DISTANCE),
    encode=_encode,
    kernel=_run,
    by_rows=lambda log_loss: (0, 1),
    native=NativeWriter(
        supports=lambda log_loss: log_loss.inputs[0].shape[1] <= MAX_CLASSES,
        shapes=_shapes,
        work=_work,
        emit=_emit,
    ),
)
