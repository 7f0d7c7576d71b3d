"""Work on the columns of a matrix, some at a time, row by row in vector registers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from chainrule.engine.jit.compile import inner
from chainrule.engine.simd.intrinsics import intrinsic, lanes
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter

__all__ = ["ADD", "SCALE", "SQUARE", "over_rows"]

WIDE = 4
"""Vectors that are worked on together."""

FLAGS = ("reassoc", "contract")

Row = Callable[[Any, Any, Any, Any], Any]
"""(builder, entries of a row, those of A[c:], those of A[s:]) → what is added up or stored."""


def _columns(vectors: int, entry: Row, *, summed: bool) -> Any:
    """A function of all rows of some columns, as many as `vectors` have lanes.

    walk(A, a, rows, width, columns, c, s, o): rows begin at A[a], `width` apart, and what is made
    of them goes to A[o:]: `summed`, or as rows of the same width.
    """

    @intrinsic
    def walk(
        typing: Any, A: Any, a: Any, rows: Any, width: Any, columns: Any, c: Any, s: Any, o: Any
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, a, rows, width, columns, c, s, o = arguments
            emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
            places = [INT64(v * emit.lanes) for v in range(vectors)]
            masks = [emit.mask(builder.sub(columns, place)) for place in places]
            centres, scales = (
                [emit.load(emit.pointer(at, p), m) for p, m in zip(places, masks, strict=True)]
                for at in (c, s)
            )

            def body(r: Any, sums: list[Any]) -> list[Any]:
                found = []
                for v, place in enumerate(places):
                    at = builder.mul(r, width)
                    x = emit.load(emit.pointer(a, at, place), masks[v])
                    made = entry(builder, x, centres[v], scales[v])
                    if summed:
                        found.append(builder.fadd(sums[v], made, flags=FLAGS))
                    else:
                        emit.store(made, emit.pointer(o, at, place), masks[v])
                return found

            zeros = [ir.Constant(emit.vector_type, None)] * vectors
            for v, total in enumerate(emit.loop(rows, zeros if summed else [], body)):
                emit.store(total, emit.pointer(o, places[v]), masks[v])
            return context.get_dummy_value()

        return types.void(A, *[types.int64] * 7), generate

    return walk


def _square(builder: Any, x: Any, centre: Any, _: Any) -> Any:
    away = builder.fsub(x, centre)
    return builder.fmul(away, away, flags=FLAGS)


def _scaled(builder: Any, x: Any, centre: Any, scale: Any) -> Any:
    return builder.fmul(builder.fsub(x, centre), scale)


ADD, SQUARE, SCALE = 0, 1, 2
_add, _add_one = (_columns(n, lambda _, x, *__: x, summed=True) for n in (WIDE, 1))
_square_up, _square_one = (_columns(n, _square, summed=True) for n in (WIDE, 1))
_scale, _scale_one = (_columns(n, _scaled, summed=False) for n in (WIDE, 1))


@inner
def over_rows(kind, A, a, rows, width, columns, c, s, o):
    """For x in the rows from A[a:] on, `width` apart, to A[o:]:

    ADD Σ x, SQUARE Σ (x − A[c:])², each one row; SCALE (x − A[c:])·A[s:], in rows as they are.
    """
    size, j = lanes(A), 0
    while j < columns:
        x, left, centre, scale, out = a + j, columns - j, c + j, s + j, o + j
        if left > size:
            if kind == ADD:
                _add(A, x, rows, width, left, x, x, out)
            elif kind == SQUARE:
                _square_up(A, x, rows, width, left, centre, centre, out)
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
