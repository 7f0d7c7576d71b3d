"""Tiles of a matrix product, held in the processor's vector registers.

Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from chainrule.engine.jit.numba_internals import cgutils
from chainrule.engine.simd import approximations
from chainrule.engine.simd.intrinsics import intrinsic
from chainrule.engine.simd.ir_number import Number
from chainrule.engine.simd.transpose import transpose_square
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter

__all__ = ["outer", "packed", "tile", "transpose"]

FLAGS = "contract", "nsz"  # no sum is reordered: its order must not depend on who makes the tile


def outer(builder: Any, sums: list[Any], entries: list[Any], lines: list[Any]) -> list[Any]:
    """sums + entries · lines, each entry by each vector: one step along the inner axis."""
    products = (builder.fmul(x, line, flags=FLAGS) for x in entries for line in lines)
    pairs = zip(sums, products, strict=True)
    return [builder.fadd(found, product, flags=FLAGS) for found, product in pairs]


def tile(rows: int, vectors: int) -> Any:
    """A function that makes `rows` rows of a product, as many columns as `vectors` have lanes.

    tile(A, (a, row, step), (b, line, k), (c, distance, columns), (more, bias, relu, gate),
    (ahead, pace)): entry (i, p) of the left matrix is A[a + i·row + p·step], the right one's k rows
    begin at A[b + p·line].  `columns` entries of each row are stored from A[c] on, `distance`
    apart: added to what is there if `more`; with A[bias:] added, ReLU taken, 0 where A[gate:],
    lying as the result does, is not positive.  Places below 0 mean that there is no such thing.
    At each step along the inner axis `pace` more of the numbers from A[ahead] on are fetched.
    """

    @intrinsic
    def multiply(
        typing: Any, A: Any, left: Any, right: Any, out: Any, epilogue: Any, soon: Any
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, *parts = arguments
            (a, row, step), (b, line, k), (c, distance, columns), epilogue, (ahead, pace) = (
                cgutils.unpack_tuple(builder, part) for part in parts
            )
            more, bias, relu, gate = epilogue
            emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
            starts = [emit.pointer(a, builder.mul(row, INT64(i))) for i in range(rows)]
            first, later = emit.pointer(b), emit.pointer(ahead)
            places = [INT64(v * emit.lanes) for v in range(vectors)]

            def body(p: Any, sums: list[Any]) -> list[Any]:
                emit.prefetch(builder.gep(later, [builder.mul(p, pace)]))
                across = builder.gep(first, [builder.mul(p, line)])
                others = [emit.load(builder.gep(across, [place])) for place in places]
                entries = [
                    emit.broadcast(builder.load(builder.gep(start, [builder.mul(p, step)])))
                    for start in starts
                ]
                return outer(builder, sums, entries, others)

            zeros = [ir.Constant(emit.vector_type, None)] * (rows * vectors)
            sums = emit.loop(k, zeros, body, unrolled=False)

            def finished(masks: list[Any]) -> list[Any]:
                made = sums

                def everywhere(start: Any, each: Callable[[Any, Any, Any], Any]) -> list[Any]:
                    """`each(sum, place, mask)` for all of the tile, which lies from A[start] on."""
                    lying = [
                        (emit.pointer(start, builder.mul(distance, INT64(i)), place), mask)
                        for i in range(rows)
                        for place, mask in zip(places, masks, strict=True)
                    ]
                    return [each(x, *at) for x, at in zip(made, lying, strict=True)]

                def biased() -> list[Any]:
                    pairs = zip(places, masks, strict=True)
                    lines = [emit.load(emit.pointer(bias, place), mask) for place, mask in pairs]
                    return [builder.fadd(x, lines[i % vectors]) for i, x in enumerate(made)]

                def rectified() -> list[Any]:
                    return [approximations.relu(Number(builder, x)).value for x in made]

                def added(x: Any, place: Any, mask: Any) -> Any:
                    return builder.fadd(x, emit.load(place, mask))

                def gated(x: Any, place: Any, mask: Any) -> Any:
                    passes = Number(builder, emit.load(place, mask))
                    return approximations.gate(passes, Number(builder, x)).value

                there = lambda place: builder.icmp_signed(">=", place, INT64(0))  # noqa: E731
                made = emit.when(more, made, lambda: everywhere(c, added))
                made = emit.when(there(bias), made, biased)
                made = emit.when(relu, made, rectified)
                made = emit.when(there(gate), made, lambda: everywhere(gate, gated))
                everywhere(c, emit.store)
                return []

            whole = builder.icmp_signed(">=", columns, INT64(vectors * emit.lanes))
            masks = [emit.mask(builder.sub(columns, place)) for place in places]
            emit.when(whole, [], lambda: finished([None] * vectors))
            emit.when(builder.not_(whole), [], lambda: finished(masks))
            return context.get_dummy_value()

        return types.void(A, left, right, out, epilogue, soon), generate

    return multiply


@intrinsic
def transpose(typing: Any, A: Any, a: Any, row: Any, rows: Any, b: Any, width: Any) -> Any:
    """A square of vectors from A[a] on, `row` apart, transposed, to A[b] on, `width` apart.

    Where there are fewer `rows`, the last stands for those that lack.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, a, row, rows, b, width = arguments
        emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
        n, last = emit.lanes, builder.sub(rows, INT64(1))
        lines: list[Any] = []
        for i in range(n):
            there = builder.select(builder.icmp_signed("<", INT64(i), rows), INT64(i), last)
            lines.append(emit.load(emit.pointer(a, builder.mul(row, there))))
        lines = transpose_square(builder, lines)
        for i, line in enumerate(lines):
            emit.store(line, emit.pointer(b, builder.mul(width, INT64(i))))
        return context.get_dummy_value()

    return types.void(A, *[types.int64] * 5), generate


def packed(vectors: int) -> Any:
    """A function that copies rows of a matrix to where they lie together, filled up with 0.

    pack(A, a, row, rows, columns, b): from A[a] on, `row` apart, as wide as `vectors` to A[b] on.
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
