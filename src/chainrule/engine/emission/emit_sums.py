"""Emits sums over the rows, the columns or all entries of a matrix."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from chainrule.engine.emission.loops import ZERO, Index, for_blocks, repeat
from chainrule.engine.emission.matrix_access import Matrix, lanes_for
from chainrule.engine.simd.horizontal_sums import horizontal_sum, horizontal_sums
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter

__all__ = ["emit_column_sums", "emit_row_sums", "emit_total"]

MAX_UNROLLED = 16
"""The number of terms up to which loops over them are unrolled."""


def emit_column_sums(emit: VectorEmitter, matrix: Matrix, out: Matrix, factor: float) -> None:
    """Emit the sum of each column, times `factor`, as a row."""
    emit = emit.with_lanes(lanes_for(matrix.columns, emit.item_bytes))
    builder, lanes = emit.builder, emit.lanes

    def panel(j: Index, columns: int) -> None:
        vectors = [j.plus(at) for at in range(0, columns, lanes)]

        def add_row(i: Index, sums: list[Any]) -> list[Any]:
            pairs = zip(sums, vectors, strict=True)
            return [builder.fadd(total, matrix.load(emit, i, at)) for total, at in pairs]

        zeros = [ir.Constant(emit.vector_type, None)] * len(vectors)
        unrolled = matrix.rows <= MAX_UNROLLED
        sums = repeat(emit, matrix.rows, zeros, add_row, unrolled=unrolled)
        for at, total in zip(vectors, sums, strict=True):
            out.store(emit, _scaled(builder, total, factor), ZERO, at)

    for_blocks(emit, matrix.columns, 4 * lanes, panel, unrolled=False)


def emit_row_sums(emit: VectorEmitter, matrix: Matrix, out: Matrix, factor: float) -> None:
    """Emit the sum of each row, times `factor`, as a row: those of several rows at a time."""
    emit = emit.with_lanes(lanes_for(matrix.rows, emit.item_bytes))
    builder, lanes = emit.builder, emit.lanes
    undefined, zero = (ir.Constant(emit.vector_type, value) for value in (ir.Undefined, None))
    vectors, rest = divmod(matrix.columns, lanes)
    mask = emit.mask(rest)

    def block(first: Index, rows: int) -> None:
        def add_vector(j: Index, sums: list[Any]) -> list[Any]:
            at = j.times(builder, lanes)
            return [
                builder.fadd(total, matrix.load(emit, first.plus(r), at))
                for r, total in enumerate(sums)
            ]

        unrolled = vectors <= MAX_UNROLLED
        sums = repeat(emit, vectors, [zero] * rows, add_vector, unrolled=unrolled)
        if rest:
            ends = [matrix.load(emit, first.plus(r), Index(vectors * lanes)) for r in range(rows)]
            ends = [builder.select(mask, end, zero) for end in ends]
            sums = [builder.fadd(*pair) for pair in zip(sums, ends, strict=True)]
        totals = horizontal_sums(builder, [*sums, *[undefined] * (lanes - rows)])
        out.store(emit, _scaled(builder, totals, factor), ZERO, first)

    for_blocks(emit, matrix.rows, lanes, block, unrolled=False)


def emit_total(emit: VectorEmitter, matrix: Matrix, out: Matrix, factor: float) -> None:
    """Emit the sum of the entries of a matrix of one row, times `factor`."""
    builder, n = emit.builder, matrix.columns
    lanes = lanes_for(n, emit.item_bytes)
    while lanes > n:  # the padding after the row must not be added
        lanes //= 2
    emit_vectors = emit.with_lanes(lanes)

    def add_vector(i: Index, sums: list[Any]) -> list[Any]:
        vector = matrix.load(emit_vectors, ZERO, i.times(builder, lanes))
        return [builder.fadd(sums[0], vector)]

    vectors, zero = n // lanes, ir.Constant(emit_vectors.vector_type, None)
    unrolled = vectors <= MAX_UNROLLED
    (sums,) = repeat(emit_vectors, vectors, [zero], add_vector, unrolled=unrolled)
    total = builder.extract_element(horizontal_sum(builder, sums), INT64(0))
    for j in range(n - n % lanes, n):
        total = builder.fadd(total, builder.load(matrix.pointer(emit, ZERO, Index(j))))
    builder.store(_scaled(builder, total, factor), out.pointer(emit, ZERO))


def _scaled(builder: Any, x: Any, factor: float) -> Any:
    if factor == 1.0:
        return x
    constant = [factor] * x.type.count if isinstance(x.type, ir.VectorType) else factor
    return builder.fmul(x, ir.Constant(x.type, constant))
