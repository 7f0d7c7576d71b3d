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
from chainrule.engine.instructions.loop_time import counter_of, time
from chainrule.engine.instructions.record import (
    KEPT,
    SCRATCH_DISTANCE,
    Encoding,
    InstructionRecord,
)
from chainrule.engine.jit.compile import inlined, inner
from chainrule.engine.kernels.matrix_product import (
    SPLITS,
    advance,
    multiply,
    packed_size,
    scratch_size,
    split,
)
from chainrule.engine.simd.vector_emitter import VectorEmitter
from chainrule.program import Buffer, Instruction, View
from chainrule.program.epilogue import epilogue_of
from chainrule.program.view import is_transposed, matrix_order

__all__ = ["FIELDS", "RECORD", "encode_product", "nanoseconds", "run_product"]

KEPT_ROWS = 4
"""Rows of a product from which on it pays off to keep the right factor packed."""

FIELDS = (
    *("left", "right", "out", "m", "n", "k", "left_distance", "right_distance", "out_distance"),
    *("left_transposed", "right_transposed", "split", "scratch", SCRATCH_DISTANCE),
    *("bias", "relu", "gate", "addend", "addend_distance", "counter", "first_time", KEPT),
    *("left_moves", "right_moves", "out_moves", "bias_moves", "gate_moves", "addend_moves"),
)
"""The fields of a product; the distances are those between rows or, transposed, columns.

In a loop, operands move from one time to the next.  A right factor that is the same at all times
is packed at the first, into memory that is kept.
"""


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
    how, epilogue = _split(instruction, m, n, k), epilogue_of(instruction)
    parts = {"bias": epilogue.bias, "gate": epilogue.gate, "addend": epilogue.addend}
    offsets = {name: -1 if view is None else view.start for name, view in parts.items()}
    moving = {"left": left, "right": right, "out": out, **parts}
    times = instruction.loop.times if instruction.loop else range(1)
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
        "relu": epilogue.relu,
        **offsets,
        "addend_distance": _order(epilogue.addend)[1] if epilogue.addend else 0,
        "counter": counter_of(instruction, encoding),
        "first_time": times[0],
        KEPT: _kept(instruction, m, n, k, encoding),
        **{f"{name}_moves": view.step if view else 0 for name, view in moving.items()},
    }


def _split(instruction: Instruction, m: int, n: int, k: int) -> int:
    return split(m, n, k, repeated=instruction.attributes.get("constant_factor", False))


def _kept(instruction: Instruction, m: int, n: int, k: int, encoding: Encoding) -> int:
    """Where the packed right factor is kept for the steps to come; −1 if that does not pay off."""
    constant = instruction.attributes.get("constant_factor")
    size = packed_size(m, n, k, _split(instruction, m, n, k)) if constant and m >= KEPT_ROWS else 0
    return encoding.kept(size) if size else -1


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
             claim, -1, 0, -1, False)  # fmt: skip


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    scratch, kept = row[12] + rank * row[13], row[21]
    if kept >= 0:
        kept += rank * row[13]
    t = time(integers, row[19], rank)
    multiply(A, row[0] + t * row[22], row[1] + t * row[23], row[2] + t * row[24], row[3], row[4],
             row[5], row[6], row[7], row[8], row[9] != 0, row[10] != 0, row[11], scratch,
             advance(row[14], t * row[25]), row[15] != 0, advance(row[16], t * row[26]), rank,
             ranks, counter, claim, advance(row[17], t * row[27]), row[18], kept,
             t == row[20])  # fmt: skip


def nanoseconds(product: Instruction) -> float:
    """The time of a product, or of several of the same size."""
    return product.outputs[0].size * product.inputs[0].shape[-1] / 50


def _by_rows(product: Instruction) -> tuple[int, ...]:
    """All inputs but the right factor and the bias, if threads divide the rows of the result."""
    (m, k), n = product.inputs[0].shape, product.outputs[0].shape[1]
    if _split(product, m, n, k) != SPLITS["rows"]:
        return ()
    bias = epilogue_of(product).bias
    after = (place for place, view in enumerate(product.inputs) if place > 1 and view is not bias)
    return 0, *after


def _supports(product: Instruction) -> bool:
    """Whether no column's entries are at a distance: such a column has no row.

    Products outside of loops have no addend.
    """
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
    by_rows=_by_rows,
)
