"""Emits elementwise operations, several of them in one pass over their operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chainrule.engine.emission.loops import ZERO, Index, for_blocks
from chainrule.engine.emission.matrix_access import Matrix, lanes_for
from chainrule.engine.simd.ir_number import Number
from chainrule.engine.simd.vector_emitter import VectorEmitter
from chainrule.program import MicroOp, Register, View

__all__ = ["emit_elementwise"]

MAX_UNROLLED = 16
"""The number of operations on vectors up to which loops are unrolled."""


def emit_elementwise(
    emit: VectorEmitter,
    micro_ops: Sequence[MicroOp],
    matrices: Mapping[View, Matrix],
    rows: int,
    columns: int,
) -> None:
    """Emit operations on rows × columns entries; an operand of one row or column is broadcast."""
    emit = emit.with_lanes(lanes_for(columns, emit.item_bytes))
    builder = emit.builder
    unrolled = rows * -(-columns // emit.lanes) * len(micro_ops) <= MAX_UNROLLED

    def load(matrix: Matrix, i: Index, j: Index) -> Number:
        i = ZERO if matrix.rows == 1 else i
        if matrix.columns == 1 and columns > 1:
            return Number(builder, matrix.broadcast_entry(emit, i))
        return Number(builder, matrix.load(emit, i, j))

    def vector(i: Index, j: Index) -> None:
        results: dict[Any, Number] = {}
        for micro_op in micro_ops:
            operands = [
                results[x] if isinstance(x, Register) else load(matrices[x], i, j)
                for x in micro_op.inputs
            ]
            result = operands[0].lifted(micro_op.operation(*operands)).as_number()
            results[micro_op.out] = result
            if isinstance(micro_op.out, View):
                matrices[micro_op.out].store(emit, result.value, i, j)

    def row(i: Index, _: int) -> None:
        for_blocks(emit, columns, emit.lanes, lambda j, _: vector(i, j), unrolled=unrolled)

    for_blocks(emit, rows, 1, row, unrolled=unrolled)
