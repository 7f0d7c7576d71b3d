"""Emits matrix products and transposes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from llvmlite import ir

from chainrule.engine.emission.loops import ZERO, Index, for_blocks, repeat
from chainrule.engine.emission.matrix_access import Matrix, StoredMatrix, lanes_for
from chainrule.engine.kernels.matrix_product.tiles import outer
from chainrule.engine.simd import approximations
from chainrule.engine.simd.ir_number import Number
from chainrule.engine.simd.transpose import shuffle, transpose_block
from chainrule.engine.simd.vector_emitter import VECTOR_BYTES, VectorEmitter

__all__ = ["emit_product", "emit_transpose"]

MAX_ACCUMULATORS = 24 if VECTOR_BYTES == 64 else 12
"""The number of vectors of the result that are held in registers at a time."""

MAX_UNROLLED = 192
"""The number of operations on vectors up to which loops are unrolled: no branch is mispredicted."""


def emit_product(
    emit: VectorEmitter, left: StoredMatrix, right: Matrix, out: Matrix,
    *, bias: Matrix | None, relu: bool, gate: Matrix | None,
) -> None:  # fmt: skip
    """Emit out = left · right, with an epilogue.

    A tile of the result is held in registers, while one column of the left factor after another is
    multiplied by a row of the right one.
    """
    left_matrix, left_column_major = left
    depth = left_matrix.rows if left_column_major else left_matrix.columns
    emit = emit.with_lanes(lanes_for(out.columns, emit.item_bytes))
    builder, lanes = emit.builder, emit.lanes
    panel_vectors = -(-out.columns // lanes)
    unrolled = out.rows * panel_vectors * depth <= MAX_UNROLLED
    if panel_vectors > 3:
        panel_vectors = 2
    tile_rows = _tile_rows(out.rows, MAX_ACCUMULATORS // panel_vectors)

    def panel(j: Index, columns: int) -> None:
        vectors = [j.plus(at) for at in range(0, columns, lanes)]
        bias_row = [bias.load(emit, ZERO, at) for at in vectors] if bias and bias.rows == 1 else []

        def tile(i: Index, rows: int) -> None:
            indices = [i.plus(r) for r in range(rows)]
            entry = (
                _entries_of_cached_vectors(emit, left_matrix)
                if unrolled
                else partial(left_matrix.broadcast_entry, emit)
            )

            def step(p: Index, sums: list[Any]) -> list[Any]:
                entries = [entry(p, r) if left_column_major else entry(r, p) for r in indices]
                return outer(builder, sums, entries, [right.load(emit, p, at) for at in vectors])

            zeros = [ir.Constant(emit.vector_type, None)] * (rows * len(vectors))
            sums = iter(repeat(emit, depth, zeros, step, unrolled=unrolled))
            for r in indices:
                bias_vectors = bias_row
                if bias and not bias_row:
                    bias_vectors = [bias.broadcast_entry(emit, r)] * len(vectors)
                for v, at in enumerate(vectors):
                    x = next(sums)
                    if bias:
                        x = builder.fadd(x, bias_vectors[v])
                    if relu:
                        x = approximations.relu(Number(builder, x)).value
                    if gate:
                        gate_vector = Number(builder, gate.load(emit, r, at))
                        x = approximations.gate(gate_vector, Number(builder, x)).value
                    out.store(emit, x, r, at)

        for_blocks(emit, out.rows, tile_rows, tile, unrolled=unrolled)

    for_blocks(emit, out.columns, panel_vectors * lanes, panel, unrolled=unrolled)


def _entries_of_cached_vectors(
    emit: VectorEmitter, matrix: Matrix
) -> Callable[[Index, Index], Any]:
    """A function of (i, j) that broadcasts an entry, and loads each vector of the matrix once."""
    emit_vectors = emit.with_lanes(lanes_for(matrix.columns, emit.item_bytes))

    @cache
    def vector(i: Index, j: Index) -> Any:
        return matrix.load(emit_vectors, i, j)

    def entry(i: Index, j: Index) -> Any:
        lane = j.constant % emit_vectors.lanes
        loaded = vector(i, j.plus(-lane))
        return shuffle(emit.builder, loaded, loaded, [lane] * emit.lanes)

    return entry


def _tile_rows(rows: int, most: int) -> int:
    """The number of rows in a tile, at most `most`.

    It is the largest divisor of `rows` above half of `most`.  Without one, the rows are divided
    among as few tiles as possible, of which the last may be shorter.
    """
    divisors = [r for r in range(min(rows, most), most // 2, -1) if rows % r == 0]
    return divisors[0] if divisors else -(-rows // -(-rows // most))


def emit_transpose(emit: VectorEmitter, matrix: Matrix, out: Matrix) -> None:
    """Emit the transpose of a matrix, a square block of vectors at a time."""
    emit = emit.with_lanes(lanes_for(out.columns, emit.item_bytes))
    lanes, undefined = emit.lanes, ir.Constant(emit.vector_type, ir.Undefined)
    unrolled = -(-matrix.rows // lanes) * matrix.columns * lanes <= MAX_UNROLLED

    def block_row(i: Index, rows: int) -> None:
        def block(j: Index, columns: int) -> None:
            lines = [
                matrix.load(emit, i.plus(r), j) if r < rows else undefined for r in range(lanes)
            ]
            for c, line in enumerate(transpose_block(emit.builder, lines)[:columns]):
                out.store(emit, line, j.plus(c), i)

        for_blocks(emit, matrix.columns, lanes, block, unrolled=unrolled)

    for_blocks(emit, matrix.rows, lanes, block_row, unrolled=unrolled)
