"""Sums over the rows of a matrix, and scaling of its columns.

A few vectors of columns at a time are processed row by row, with their sums in vector registers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from chainrule.engine.jit.compile import inner
from chainrule.engine.simd.intrinsics import IN_ORDER, intrinsic, lanes
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter

__all__ = ["ADD", "SCALE", "SQUARE", "columnwise"]

WIDE = 4
"""Vectors that are processed together."""

FLAGS = ("reassoc", "contract")

Term = Callable[[Any, Any, Any, Any, Any], "list[Any]"]
"""(builder, x of a row, centres A[c:], scales A[s:], shifts A[t:]) → what is summed or stored."""


def _pass_over_rows(vectors: int, term: Term, *, sums: int) -> Any:
    """A function of all rows of as many columns as `vectors` vectors hold.

    over_rows(A, a, rows, width, columns, c, s, t, o): rows begin at A[a], `width` apart.  Their
    terms go to A[o:], as rows of the same width if `sums` is 0, as one row of sums if it is 1; if
    it is 2, the sums of the second terms go to A[t:].
    """

    @intrinsic
    def over_rows(
        typing: Any,
        A: Any,
        a: Any,
        rows: Any,
        width: Any,
        columns: Any,
        c: Any,
        s: Any,
        t: Any,
        o: Any,
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, a, rows, width, columns, c, s, t, o = arguments
            emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
            offsets = [INT64(v * emit.lanes) for v in range(vectors)]
            masks = [emit.mask(builder.sub(columns, offset)) for offset in offsets]
            centres, scales, shifts = (
                [emit.load(emit.pointer(at, j), m) for j, m in zip(offsets, masks, strict=True)]
                for at in (c, s, t)
            )

            def body(r: Any, totals: list[Any]) -> list[Any]:
                new_totals: list[Any] = []
                for v, offset in enumerate(offsets):
                    at = builder.mul(r, width)
                    x = emit.load(emit.pointer(a, at, offset), masks[v])
                    values = term(builder, x, centres[v], scales[v], shifts[v])
                    if not sums:
                        emit.store(values[0], emit.pointer(o, at, offset), masks[v])
                    for value, total in zip(values, totals[v * sums :], strict=False):
                        new_totals.append(builder.fadd(total, value, flags=FLAGS))
                return new_totals

            zeros = [ir.Constant(emit.vector_type, None)] * (vectors * sums)
            for i, total in enumerate(emit.loop(rows, zeros, body)):
                v, result = divmod(i, sums)
                emit.store(total, emit.pointer((o, t)[result], offsets[v]), masks[v])
            return context.get_dummy_value()

        return types.void(A, *[types.int64] * 8), generate

    return over_rows


def _deviation_and_square(builder: Any, x: Any, centre: Any, *_: Any) -> list[Any]:
    deviation = builder.fsub(x, centre, flags=IN_ORDER)
    return [builder.fmul(deviation, deviation, flags=FLAGS), deviation]


def _scaled_deviation(builder: Any, x: Any, centre: Any, scale: Any, shift: Any) -> list[Any]:
    product = builder.fmul(builder.fsub(x, centre, flags=IN_ORDER), scale, flags=("contract",))
    return [builder.fadd(product, shift, flags=("contract",))]


ADD, SQUARE, SCALE = 0, 1, 2
_add, _add_one = (_pass_over_rows(n, lambda _, x, *__: [x], sums=1) for n in (WIDE, 1))
_square, _square_one = (_pass_over_rows(n, _deviation_and_square, sums=2) for n in (WIDE, 1))
_scale, _scale_one = (_pass_over_rows(n, _scaled_deviation, sums=0) for n in (WIDE, 1))


@inner
def columnwise(kind, A, a, rows, width, columns, c, s, t, o):
    """Sums over x in the rows from A[a:] on, `width` apart, or those rows scaled, to A[o:].

    ADD Σ x writes one row; SQUARE Σ (x − A[c:])² too, and Σ (x − A[c:]) as another one to A[t:];
    SCALE (x − A[c:])·A[s:] + A[t:] writes all rows.
    """
    size, j = lanes(A), 0
    while j < columns:
        x, left, centre, scale, shift, out = a + j, columns - j, c + j, s + j, t + j, o + j
        if left > size:
            if kind == ADD:
                _add(A, x, rows, width, left, x, x, x, out)
            elif kind == SQUARE:
                _square(A, x, rows, width, left, centre, centre, shift, out)
            else:
                _scale(A, x, rows, width, left, centre, scale, shift, out)
            j += WIDE * size
        else:
            if kind == ADD:
                _add_one(A, x, rows, width, left, x, x, x, out)
            elif kind == SQUARE:
                _square_one(A, x, rows, width, left, centre, centre, shift, out)
            else:
                _scale_one(A, x, rows, width, left, centre, scale, shift, out)
            j += size
