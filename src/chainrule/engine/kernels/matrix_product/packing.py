"""Packing: copying panels of a matrix so that their rows are adjacent in memory.

A panel is a range of columns, as wide as one or two vectors; its rows are padded with zeros.
"""

from __future__ import annotations

from typing import Any

from numba import types

from chainrule.engine.jit.compile import inner
from chainrule.engine.simd.intrinsics import intrinsic, lanes
from chainrule.engine.simd.transpose import transpose_square
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter

__all__ = ["pack_panel", "panel_width"]


@inner
def panel_width(A, columns):
    """The distance between the rows of a packed panel."""
    return lanes(A) if columns <= lanes(A) else 2 * lanes(A)


@inner
def pack_panel(A, b, stride, b_transposed, low, depth, j, columns, scratch):
    """Pack `depth` rows from row `low` on, and some columns from column j on, of the matrix A[b:].

    `stride` is the distance between its rows or, if it is transposed, its columns.
    """
    width = panel_width(A, columns)
    if b_transposed:
        _pack_transposed(A, b + j * stride + low, stride, depth, columns, width, scratch)
    elif width == lanes(A):
        _pack_thin(A, b + low * stride + j, stride, depth, columns, scratch)
    else:
        _pack(A, b + low * stride + j, stride, depth, columns, scratch)


@inner
def _pack_transposed(A, b, stride, k, columns, width, scratch):
    """Pack k rows of some columns of a transposed matrix, a square at a time."""
    size = lanes(A)
    for j in range(0, columns, size):
        rows = min(size, columns - j)
        if k < size:
            for p in range(k):
                for i in range(rows):
                    A[scratch + p * width + j + i] = A[b + (j + i) * stride + p]
        else:
            for p in range(0, k - size + 1, size):
                _transpose(A, b + j * stride + p, stride, rows, scratch + p * width + j, width)
            p = k - size  # the last square may overlap the one before
            _transpose(A, b + j * stride + p, stride, rows, scratch + p * width + j, width)


@intrinsic
def _transpose(typing: Any, A: Any, a: Any, row: Any, rows: Any, b: Any, width: Any) -> Any:
    """Transpose a square of vectors from A[a:], rows `row` apart, to A[b:], rows `width` apart.

    If there are fewer `rows` than a square has, the last one is repeated.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, a, row, rows, b, width = arguments
        emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
        n, last = emit.lanes, builder.sub(rows, INT64(1))
        lines: list[Any] = []
        for i in range(n):
            index = builder.select(builder.icmp_signed("<", INT64(i), rows), INT64(i), last)
            lines.append(emit.load(emit.pointer(a, builder.mul(row, index))))
        lines = transpose_square(builder, lines)
        for i, line in enumerate(lines):
            emit.store(line, emit.pointer(b, builder.mul(width, INT64(i))))
        return context.get_dummy_value()

    return types.void(A, *[types.int64] * 5), generate


def _packing(vectors: int) -> Any:
    """A function that packs rows which are as wide as `vectors` vectors.

    pack(A, a, row, rows, columns, b): rows from A[a:], `row` apart, go to A[b:].
    """

    @intrinsic
    def pack(typing: Any, A: Any, a: Any, row: Any, rows: Any, columns: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, a, row, rows, columns, b = arguments
            emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
            n = emit.lanes
            masks = [emit.mask(builder.sub(columns, INT64(v * n))) for v in range(vectors)]

            def body(p: Any, _: list[Any]) -> list[Any]:
                source = emit.pointer(a, builder.mul(p, row))
                into = emit.pointer(b, builder.mul(p, INT64(vectors * n)))
                for v in range(vectors):
                    line = emit.load(builder.gep(source, [INT64(v * n)]), masks[v])
                    emit.store(line, builder.gep(into, [INT64(v * n)]))
                return []

            emit.loop(rows, [], body)
            return context.get_dummy_value()

        return types.void(A, *[types.int64] * 5), generate

    return pack


_pack, _pack_thin = _packing(2), _packing(1)
