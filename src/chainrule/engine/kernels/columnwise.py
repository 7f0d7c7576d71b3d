"""Sums over the rows of a matrix, and scaling of its columns.

A few vectors of columns at a time are processed row by row, with their sums in vector registers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from chainrule.engine.jit.compile import inner
from chainrule.engine.simd.intrinsics import intrinsic, lanes
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter

__all__ = ["ADD", "SCALE", "SQUARE", "columnwise"]

WIDE = 4
"""Vectors that are processed together."""

FLAGS = ("reassoc", "contract")

Term = Callable[[Any, Any, Any, Any], Any]
"""(builder, x of a row, centres A[c:], scales A[s:]) → the vector that is summed or stored."""


def _pass_over_rows(vectors: int, term: Term, *, summed: bool) -> Any:
    """A function of all rows of as many columns as `vectors` vectors hold.

    over_rows(A, a, rows, width, columns, c, s, o): rows begin at A[a], `width` apart.  Their terms
    go to A[o:], as one row of sums if `summed`, else as rows of the same width.
    """

    @intrinsic
    def over_rows(
        typing: Any, A: Any, a: Any, rows: Any, width: Any, columns: Any, c: Any, s: Any, o: Any
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, a, rows, width, columns, c, s, o = arguments
            emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
            offsets = [INT64(v * emit.lanes) for v in range(vectors)]
            masks = [emit.mask(builder.sub(columns, offset)) for offset in offsets]
            centres, scales = (
                [emit.load(emit.pointer(at, j), m) for j, m in zip(offsets, masks, strict=True)]
                for at in (c, s)
            )

            def body(r: Any, sums: list[Any]) -> list[Any]:
                new_sums: list[Any] = []
                for v, offset in enumerate(offsets):
                    at = builder.mul(r, width)
                    x = emit.load(emit.pointer(a, at, offset), masks[v])
                    value = term(builder, x, centres[v], scales[v])
                    if summed:
                        new_sums.append(builder.fadd(sums[v], value, flags=FLAGS))
                    else:
                        emit.store(value, emit.pointer(o, at, offset), masks[v])
                return new_sums

            zeros = [ir.Constant(emit.vector_type, None)] * vectors
            for v, total in enumerate(emit.loop(rows, zeros if summed else [], body)):
                emit.store(total, emit.pointer(o, offsets[v]), masks[v])
            return context.get_dummy_value()

        return types.void(A, *[types.int64] * 7), generate

    return over_rows


def _squared_deviation(builder: Any, x: Any, centre: Any, _: Any) -> Any:
    deviation = builder.fsub(x, centre)
    return builder.fmul(deviation, deviation, flags=FLAGS)


def _scaled_deviation(builder: Any, x: Any, centre: Any, scale: Any) -> Any:
    return builder.fmul(builder.fsub(x, centre), scale)


ADD, SQUARE, SCALE = 0, 1, 2
_add, _add_one = (_pass_over_rows(n, lambda _, x, *__: x, summed=True) for n in (WIDE, 1))
_square, _square_one = (_pass_over_rows(n, _squared_deviation, summed=True) for n in (WIDE, 1))
_scale, _scale_one = (_pass_over_rows(n, _scaled_deviation, summed=False) for n in (WIDE, 1))


@inner
def columnwise(kind, A, a, rows, width, columns, c, s, o):
    """Sums over x in the rows from A[a:] on, `width` apart, or those rows scaled, to A[o:].

    ADD Σ x and SQUARE Σ (x − A[c:])² write one row; SCALE (x − A[c:])·A[s:] writes all rows.
    """
    size, j = lanes(A), 0
    while j < columns:
        x, left, centre, scale, out = a + j, columns - j, c + j, s + j, o + j
        if left > size:
            if kind == ADD:
                _add(A, x, rows, width, left, x, x, out)
            elif kind == SQUARE:
                _square(A, x, rows, width, left, centre, centre, out)
            else:
                _scale(A, x, rows, width, left, centre, scale, out)
            j += WIDE * size
        else:
            if kind == ADD:
                _add_one(A, x, rows, width, left, x, x, out)
            elif kind == SQUARE:
                _square_one(A, x, rows, width, left, centre, centre, out)
            else:
                _scale_one(A, x, rows, width, left, centre, scale, out)
            j += size
