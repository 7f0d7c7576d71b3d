"""Emits elementwise operations, several of them in one pass over their operands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chainrule.engine.simd import approximations
from chainrule.engine.simd.ir_number import Number, select
from chainrule.engine.simd.vector_emitter import VectorEmitter
from chainrule.engine.small_programs.loops import ZERO, Index, for_blocks
from chainrule.engine.small_programs.matrix_access import Matrix, lanes_for
from chainrule.program import MicroOp, Register, View

__all__ = ["OPERATIONS", "emit_elementwise"]

MAX_UNROLLED = 16
"""The number of operations on vectors up to which loops are unrolled."""


def _comparison(operator: str) -> Callable[[Number, Number], Number]:
    """A comparison whose result is 1.0 or 0.0."""
    return lambda x, y: select(x.compare(operator, y), x.constant(1.0), x.constant(0.0))


OPERATIONS: dict[str, Callable[..., Number]] = {
    "copy": lambda x: x,
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "abs": lambda x: x.abs(),
    "sqrt": lambda x: x.sqrt(),
    "square": lambda x: x * x,
    "exp": approximations.exp,
    "log": approximations.log,
    "sigmoid": approximations.sigmoid,
    "tanh": approximations.tanh,
    "silu": approximations.silu,
    "relu": approximations.relu,
    "gate": approximations.gate,
    "where": lambda x, y, z: select(x.compare("!=", 0.0), y, z),
    "less": _comparison("<"),
    "less_equal": _comparison("<="),
    "greater": _comparison(">"),
    "greater_equal": _comparison(">="),
    "equal": _comparison("=="),
    "not_equal": _comparison("!="),
}
"""The operations that can be emitted."""


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
            result = OPERATIONS[micro_op.op](*operands)
            results[micro_op.out] = result
            if isinstance(micro_op.out, View):
                matrices[micro_op.out].store(emit, result.value, i, j)

    def row(i: Index, _: int) -> None:
        for_blocks(emit, columns, emit.lanes, lambda j, _: vector(i, j), unrolled=unrolled)

    for_blocks(emit, rows, 1, row, unrolled=unrolled)
