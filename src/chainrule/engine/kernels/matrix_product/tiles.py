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
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter

__all__ = ["outer", "tile"]

FLAGS = "contract", "nsz"  # no reordering: a sum must not depend on the tile that computes it


def outer(builder: Any, sums: list[Any], entries: list[Any], lines: list[Any]) -> list[Any]:
    """sums + entries · lines, each entry times each vector: one step along the inner axis."""
    products = (builder.fmul(x, line, flags=FLAGS) for x in entries for line in lines)
    pairs = zip(sums, products, strict=True)
    return [builder.fadd(total, product, flags=FLAGS) for total, product in pairs]


def tile(rows: int, vectors: int) -> Any:
    """A function that computes `rows` rows of a product, as many columns as `vectors` vectors hold.

    tile(A, (a, row, step), (b, line, k), (c, distance, columns), (added, added_distance,
    bias, relu, gate),
    (ahead, pace)):

    - Entry (i, p) of the left matrix is A[a + i·row + p·step].
    - The k rows of the right matrix begin at A[b + p·line].
    - `columns` entries of each row of the result are stored from A[c] on, rows `distance` apart,
      after those of A[added:], with rows `added_distance` apart, have been added.
    - The epilogue adds A[bias:], takes ReLU if `relu`, and sets entries to 0 where those of
      A[gate:], a matrix with the result's layout, are not positive.  A negative offset omits its
      part.
    - Each step along the inner axis prefetches `pace` more of the numbers from A[ahead] on.
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
            added, added_distance, bias, relu, gate = epilogue
            emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
            starts = [emit.pointer(a, builder.mul(row, INT64(i))) for i in range(rows)]
            first, later = emit.pointer(b), emit.pointer(ahead)
            offsets = [INT64(v * emit.lanes) for v in range(vectors)]

            def body(p: Any, sums: list[Any]) -> list[Any]:
                emit.prefetch(builder.gep(later, [builder.mul(p, pace)]))
                across = builder.gep(first, [builder.mul(p, line)])
                lines = [emit.load(builder.gep(across, [offset])) for offset in offsets]
                entries = [
                    emit.broadcast(builder.load(builder.gep(start, [builder.mul(p, step)])))
                    for start in starts
                ]
                return outer(builder, sums, entries, lines)

            zeros = [ir.Constant(emit.vector_type, None)] * (rows * vectors)
            products = emit.loop(k, zeros, body, unrolled=False)

            def store(masks: list[Any]) -> list[Any]:
                """Apply the epilogue to the products and store them."""
                sums = products

                def for_all(
                    start: Any, apart: Any, each: Callable[[Any, Any, Any], Any]
                ) -> list[Any]:
                    """`each(vector, address, mask)` for all vectors, as stored from A[start] on."""
                    addresses = [
                        (emit.pointer(start, builder.mul(apart, INT64(i)), offset), mask)
                        for i in range(rows)
                        for offset, mask in zip(offsets, masks, strict=True)
                    ]
                    return [each(x, *at) for x, at in zip(sums, addresses, strict=True)]

                def add_bias() -> list[Any]:
                    pairs = zip(offsets, masks, strict=True)
                    lines = [emit.load(emit.pointer(bias, offset), mask) for offset, mask in pairs]
                    return [builder.fadd(x, lines[i % vectors]) for i, x in enumerate(sums)]

                def take_relu() -> list[Any]:
                    return [approximations.relu(Number(builder, x)).value for x in sums]

                def add_stored(x: Any, address: Any, mask: Any) -> Any:
                    return builder.fadd(x, emit.load(address, mask))

                def apply_gate(x: Any, address: Any, mask: Any) -> Any:
                    passes = Number(builder, emit.load(address, mask))
                    return approximations.gate(passes, Number(builder, x)).value

                present = lambda offset: builder.icmp_signed(">=", offset, INT64(0))  # noqa: E731
                sums = emit.when(
                    present(added), sums, lambda: for_all(added, added_distance, add_stored)
                )
                sums = emit.when(present(bias), sums, add_bias)
                sums = emit.when(relu, sums, take_relu)
                sums = emit.when(present(gate), sums, lambda: for_all(gate, distance, apply_gate))
                for_all(c, distance, emit.store)
                return []

            whole = builder.icmp_signed(">=", columns, INT64(vectors * emit.lanes))
            masks = [emit.mask(builder.sub(columns, offset)) for offset in offsets]
            emit.when(whole, [], lambda: store([None] * vectors))
            emit.when(builder.not_(whole), [], lambda: store(masks))
            return context.get_dummy_value()

        return types.void(A, left, right, out, epilogue, soon), generate

    return multiply
