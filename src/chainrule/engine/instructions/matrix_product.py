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
from chainrule.engine.jit.compile import inlined, inner
from chainrule.engine.kernels.matrix_product import multiply, scratch_size, split
from chainrule.engine.simd.vector_emitter import VectorEmitter
from chainrule.program import Buffer, Instruction, View
from chainrule.program.epilogue import epilogue_of
from chainrule.program.view import is_transposed, matrix_order

__all__ = ["FIELDS", "RECORD", "encode_product", "nanoseconds", "run_product"]

FIELDS = (
    *("left", "right", "out", "m", "n", "k", "left_distance", "right_distance", "out_distance"),
    *("left_transposed", "right_transposed", "split", "scratch", SCRATCH_DISTANCE),
    *("bias", "relu", "gate"),
)
"""The fields of a product; the distances are those between rows or, transposed, columns."""


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    left, right, *_ = instruction.inputs
    return encode_product(instruction, (left, right, instruction.outputs[0]), encoding)


def encode_product(
    instruction: Instruction, matrices: tuple[View, View, View], encoding: Encoding
) -> dict[str, int]:
    """The fields of the product of the first two of three matrices."""
    left, right, out = matrices
    (m, k), n = left.shape, right.shape[1]
    (left_transposed, left_distance), (right_transposed, right_distance), (_, out_distance) = (
        _order(view) for view in matrices
    )
    how, epilogue = split(m, n, k), epilogue_of(instruction)
    bias, gate = (-1 if v is None else v.start for v in (epilogue.bias, epilogue.gate))
    size = scratch_size(n, k, how, b_transposed=right_transposed)
    return {
        "left": left.start,
        "right": right.start,
        "out": out.start,
        "m": m,
        "n": n,
        "k": k,
        "left_distance": left_distance,
        "right_distance": right_distance,
        "out_distance": out_distance,
        "left_transposed": left_transposed,
        "right_transposed": right_transposed,
        "split": how,
        "scratch": encoding.scratch(size),
        "bias": bias,
        "relu": epilogue.relu,
        "gate": gate,
    }


def _order(matrix: View) -> tuple[bool, int]:
    """Whether a matrix is column-major, and the distance between its rows or columns."""
    order = matrix_order(matrix)
    assert order is not None, "lowering copies other operands"
    return order


@inlined
def run_product(A, row, left, right, out, scratch, rank, ranks, counter, claim):
    """Run the product of a row, of matrices that begin at these offsets."""
    multiply(A, left, right, out, row[3], row[4], row[5], row[6], row[7], row[8], row[9] != 0,
             row[10] != 0, row[11], scratch, row[14], row[15] != 0, row[16], rank, ranks, counter,
             claim)  # fmt: skip


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    scratch = row[12] + rank * row[13]
    run_product(A, row, row[0], row[1], row[2], scratch, rank, ranks, counter, claim)


def nanoseconds(product: Instruction) -> float:
    """The time of a product, or of several of the same size."""
    return product.outputs[0].size * product.inputs[0].shape[-1] / 50


def _supports(product: Instruction) -> bool:
    """Whether no column's entries are at a distance: such a column has no row."""
    matrices = ((view, _shape_in_memory(view)) for view in product.inputs[:2])
    out = product.outputs[0]
    columns = [view for view, shape in (*matrices, (out, out.shape)) if shape[1] == 1]
    return all(view.extent[1] - view.extent[0] == view.size for view in columns)


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
    return (columns, rows) if is_transposed(view) else (rows, columns)


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
    fields=FIELDS,
    encode=_encode,
    kernel=_run,
    native=NativeWriter(supports=_supports, shapes=_shapes, work=_work, emit=_emit, linked=_linked),
    nanoseconds=nanoseconds,
)
