"""The matrix product, with an epilogue."""

from __future__ import annotations

from collections.abc import Mapping

from chainrule.engine.emission.emit_matrix_products import emit_product, emit_transpose
from chainrule.engine.emission.native_writer import (
    TRANSPOSE_COST,
    Layout,
    NativeWriter,
    OperandShapes,
    Shape,
    StoredOperands,
)
from chainrule.engine.instructions.record import SCRATCH_DISTANCE, Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.matrix_product import multiply, scratch_size, split
from chainrule.engine.simd.vector_emitter import VectorEmitter
from chainrule.program import Buffer, Instruction, View
from chainrule.program.epilogue import epilogue_of

__all__ = ["RECORD"]


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    left, right, *_ = instruction.inputs
    (m, k), n = left.shape, right.shape[1]
    left_transposed, right_transposed = not left.contiguous, not right.contiguous
    how, epilogue = split(m, n, k), epilogue_of(instruction)
    bias, gate = (-1 if v is None else v.start for v in (epilogue.bias, epilogue.gate))
    size = scratch_size(n, k, how, b_transposed=right_transposed)
    return {
        "left": left.start,
        "right": right.start,
        "out": instruction.outputs[0].start,
        "m": m,
        "n": n,
        "k": k,
        "left_transposed": left_transposed,
        "right_transposed": right_transposed,
        "split": how,
        "scratch": encoding.scratch(size),
        "bias": bias,
        "relu": epilogue.relu,
        "gate": gate,
    }


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    multiply(A, row[0], row[1], row[2], row[3], row[4], row[5], row[6] != 0, row[7] != 0, row[8],
             row[9] + rank * row[10], row[11], row[12] != 0, row[13], rank, ranks, counter,
             claim)  # fmt: skip


def _shapes(instruction: Instruction, _: Mapping[Buffer, Shape]) -> dict[View, Shape]:
    left, right, *after = instruction.inputs
    out, epilogue = instruction.outputs[0], epilogue_of(instruction)
    rows, columns = out.shape
    shapes = {view: _shape_in_memory(view) for view in (left, right)}
    for view in after:
        shapes[view] = (1, columns) if view is epilogue.bias else (rows, columns)
    return {**shapes, out: (rows, columns)}


def _shape_in_memory(view: View) -> Shape:
    """The shape of the row-major matrix that a view shows, itself or its transpose."""
    rows, columns = view.shape
    return (rows, columns) if view.contiguous else (columns, rows)


def _work(instruction: Instruction, stored: StoredOperands) -> int:
    rows, columns = stored.stored_shape(instruction.outputs[0])
    depth = instruction.inputs[0].shape[1]
    transposed = TRANSPOSE_COST * stored.right_factor_is_column_major()
    return (rows + transposed) * depth * stored.vectors(columns)


def _linked(instruction: Instruction, _: OperandShapes) -> set[Buffer]:
    gate = epilogue_of(instruction).gate
    return {instruction.outputs[0].buffer} | ({gate.buffer} if gate else set())


def _emit(
    floats: VectorEmitter, integers: VectorEmitter, instruction: Instruction, layout: Layout
) -> None:
    matrices = layout.matrices(instruction)
    left, (right, right_column_major) = layout.factors(instruction)
    if right_column_major:
        transposed = layout.transposed_factor(instruction)
        emit_transpose(floats, right, transposed)
        right = transposed
    epilogue = epilogue_of(instruction)
    bias, gate = (matrices[v] if v else None for v in (epilogue.bias, epilogue.gate))
    out = matrices[instruction.outputs[0]]
    emit_product(floats, left, right, out, bias=bias, relu=epilogue.relu, gate=gate)


RECORD = InstructionRecord(
    ops=("gemm",),
    fields=(
        *("left", "right", "out", "m", "n", "k", "left_transposed", "right_transposed", "split"),
        *("scratch", SCRATCH_DISTANCE, "bias", "relu", "gate"),
    ),
    encode=_encode,
    kernel=_run,
    native=NativeWriter(
        supports=lambda _: True, shapes=_shapes, work=_work, emit=_emit, linked=_linked
    ),
    nanoseconds=lambda product: product.outputs[0].size * product.inputs[0].shape[1] / 50,
)
