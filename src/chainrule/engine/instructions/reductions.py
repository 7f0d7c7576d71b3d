"""Reductions over the middle one of three axes."""

from __future__ import annotations

from collections.abc import Mapping

from chainrule.engine.emission.emit_sums import emit_column_sums, emit_row_sums, emit_total
from chainrule.engine.emission.native_writer import (
    TRANSPOSE_COST,
    Layout,
    NativeWriter,
    Shape,
    StoredOperands,
)
from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.reductions import reduce
from chainrule.engine.simd.vector_emitter import VectorEmitter
from chainrule.program import Buffer, Instruction, View

__all__ = ["RECORD"]

KINDS = ("sum", "mean", "max", "min", "prod")
"""In the order in which the kernel numbers them."""


def _encode(instruction: Instruction, _: Encoding) -> dict[str, int]:
    (x,), (out,) = instruction.inputs, instruction.outputs
    outer, length, inner_length = x.shape
    return {
        "kind": KINDS.index(instruction.op),
        "x": x.start,
        "out": out.start,
        "outer": outer,
        "length": length,
        "inner": inner_length,
    }


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    reduce(row[0], A, row[1], row[2], row[3], row[4], row[5], rank, ranks)


def _shapes(instruction: Instruction, _: Mapping[Buffer, Shape]) -> dict[View, Shape]:
    (x,), (out,) = instruction.inputs, instruction.outputs
    length, inner_length = x.shape[1:]
    return {
        x: (1, length) if inner_length == 1 else (length, inner_length),
        out: (1, inner_length),
    }


def _work(instruction: Instruction, stored: StoredOperands) -> int:
    (x,) = instruction.inputs
    lines, length = stored.stored_shape(x)
    return lines * (stored.vectors(length) + TRANSPOSE_COST * stored.column_major(x))


def _emit(
    floats: VectorEmitter, integers: VectorEmitter, instruction: Instruction, layout: Layout
) -> None:
    _, length, inner_length = instruction.inputs[0].shape
    factor = 1.0 / length if instruction.op == "mean" else 1.0
    x, column_major = layout.stored(instruction, instruction.inputs[0])
    emit_column_or_row_sums = emit_row_sums if column_major else emit_column_sums
    emit_sum = emit_total if inner_length == 1 else emit_column_or_row_sums
    emit_sum(floats, x, layout.matrices(instruction)[instruction.outputs[0]], factor)


RECORD = InstructionRecord(
    ops=KINDS,
    fields=("kind", "x", "out", "outer", "length", "inner"),
    encode=_encode,
    kernel=_run,
    native=NativeWriter(
        supports=lambda one: one.op in ("sum", "mean") and one.inputs[0].shape[0] == 1,
        shapes=_shapes,
        work=_work,
        emit=_emit,
    ),
)
