"""Emits the cross-entropy of labels, with its gradient, for many rows at a time."""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

from chainrule.engine.emission.loops import ZERO, Index, for_blocks, repeat
from chainrule.engine.emission.matrix_access import Matrix, StoredMatrix, lanes_for
from chainrule.engine.simd.approximations import exp, log
from chainrule.engine.simd.ir_number import Number, select
from chainrule.engine.simd.transpose import transpose_block
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter

__all__ = ["emit_log_loss"]

MAX_UNROLLED = 4
"""The number of classes up to which loops over them are unrolled."""


def emit_log_loss(
    emit: VectorEmitter,
    integers: VectorEmitter,
    x: StoredMatrix,
    labels: int,
    losses: Matrix,
    excess: StoredMatrix,
) -> None:
    """Emit −ln softmax(x)_label of each row, and the excess softmax(x) − one_hot(label).

    A vector holds one class of many rows.  So a row-major x is transposed when it is loaded, and a
    row-major excess when it is stored.  `labels` is the offset of the labels among the integers.
    """
    (x_matrix, x_column_major), (out, out_column_major) = x, excess
    builder = emit.builder
    rows, classes = x_matrix.rows, x_matrix.columns
    if x_column_major:
        rows, classes = classes, rows
    along_row, along_column = (
        emit.with_lanes(lanes_for(n, emit.item_bytes)) for n in (classes, rows)
    )
    with builder.goto_entry_block():
        scratch_size = INT64(-(-classes // along_row.lanes) * along_row.lanes)
        scratch = builder.alloca(along_column.vector_type, size=scratch_size)
    scratch.align = 64

    def scratch_pointer(j: Index) -> Any:
        """The pointer to the vector of a class in the scratch memory."""
        return builder.gep(scratch, [_class_number(j)])

    def load(first: Index, rows: int) -> list[Number]:
        if x_column_major:
            vectors = (x_matrix.load(along_column, Index(j), first) for j in range(classes))
            return [Number(builder, vector) for vector in vectors]
        lines: list[Any] = []
        for at in range(0, classes, along_row.lanes):
            indices = (first.plus(min(r, rows - 1)) for r in range(along_column.lanes))
            block = [x_matrix.load(along_row, i, Index(at)) for i in indices]
            lines += transpose_block(builder, block)
        return [Number(builder, line) for line in lines[:classes]]

    def store_transposed(first: Index, rows: int) -> None:
        for at in range(0, classes, along_row.lanes):
            lines = [
                builder.load(scratch_pointer(Index(j))) for j in range(at, at + along_row.lanes)
            ]
            for r, line in enumerate(transpose_block(builder, lines)[:rows]):
                out.store(along_row, line, first.plus(r), Index(at))

    def block(first: Index, rows: int) -> None:
        lines = load(first, rows)
        top = lines[0]
        for line in lines[1:]:
            top = select(line.compare(">", top), line, top)
        top = select(top.abs().compare("<", math.inf), top, top.constant(0.0))
        for j, line in enumerate(lines):
            builder.store((line - top).value, scratch_pointer(Index(j)))
        label = _load_labels(integers, labels, first, rows, along_column.lanes)

        def is_label(j: Index) -> Any:
            number = along_column.broadcast(_class_number(j), INT64)
            return builder.icmp_signed("==", label, number)

        def exponentials(j: Index, values: list[Any]) -> list[Any]:
            total, of_label = (Number(builder, value) for value in values)
            shifted = Number(builder, builder.load(scratch_pointer(j)))
            power = exp(shifted)
            builder.store(power.value, scratch_pointer(j))
            return [(total + power).value, select(is_label(j), shifted, of_label).value]

        unrolled = classes <= MAX_UNROLLED
        start = [top.constant(0.0).value, top.constant(math.nan).value]
        values = repeat(along_column, classes, start, exponentials, unrolled=unrolled)
        total, of_label = (Number(builder, value) for value in values)
        losses.store(along_column, (log(total) - of_label).value, ZERO, first)
        scale = total.constant(1.0) / total

        def probabilities(j: Index, _: list[Any]) -> list[Any]:
            share = Number(builder, builder.load(scratch_pointer(j))) * scale
            share = select(is_label(j), share - 1.0, share)
            if out_column_major:
                out.store(along_column, share.value, j, first)
            else:
                builder.store(share.value, scratch_pointer(j))
            return []

        repeat(along_column, classes, [], probabilities, unrolled=unrolled)
        if not out_column_major:
            store_transposed(first, rows)

    for_blocks(emit, rows, along_column.lanes, block, unrolled=False)


def _class_number(j: Index) -> Any:
    """The number of a class, from an index that is either a constant or a variable."""
    return INT64(j.constant) if j.variable is None else j.variable


def _load_labels(integers: VectorEmitter, offset: int, first: Index, rows: int, lanes: int) -> Any:
    """The vector of the labels of some rows; lanes beyond them repeat the last label."""
    builder = integers.builder
    start = integers.strided_pointer((first.variable, 1))
    start = builder.gep(start, [INT64(offset + first.constant)])
    if rows == lanes:
        return integers.with_lanes(lanes).load(start)
    labels = ir.Constant(ir.VectorType(INT64, lanes), ir.Undefined)
    for lane in range(lanes):
        label = builder.load(builder.gep(start, [INT64(min(lane, rows - 1))]))
        labels = builder.insert_element(labels, label, INT64(lane))
    return labels
