"""Rows of windows, a vector at a time: short rows, as of small images, are one masked vector."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from chainrule.engine.simd.intrinsics import intrinsic
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter

__all__ = ["copy_rows", "larger_of_pairs", "share_among_pairs", "shift_rows"]


@intrinsic
def copy_rows(
    typing: Any, A: Any, x: Any, down: Any, to: Any, to_down: Any, rows: Any, width: Any, total: Any
) -> Any:
    """Copy rows of `width` numbers, followed by zeros: `total` numbers in each row.

    Rows are `down` apart from A[x:] on, and `to_down` from A[to:] on.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, x, down, to, to_down, rows, width, total = arguments
        emit = VectorEmitter.for_array(context, builder, signature.args[0], array)

        def column(c: Any, _: list[Any]) -> list[Any]:
            across = builder.mul(c, INT64(emit.lanes))
            read = emit.mask(builder.sub(width, across))
            written = emit.mask(builder.sub(total, across))

            def row(i: Any, _: list[Any]) -> list[Any]:
                line = emit.load(emit.pointer(x, across, builder.mul(i, down)), read)
                emit.store(line, emit.pointer(to, across, builder.mul(i, to_down)), written)
                return []

            return emit.loop(rows, [], row)

        emit.loop(_vectors(builder, total, emit.lanes), [], column)
        return context.get_dummy_value()

    return types.void(A, *[types.int64] * 7), generate


@intrinsic
def shift_rows(
    typing: Any, A: Any, x: Any, down: Any, to: Any, to_down: Any, rows: Any, width: Any,
    shift: Any, relu: Any,
) -> Any:  # fmt: skip
    """Copy rows of `width` numbers plus `shift`, with negative sums replaced by 0 if `relu`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, x, down, to, to_down, rows, width, shift, relu = arguments
        emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
        more, zeros = emit.broadcast(shift), ir.Constant(emit.vector_type, None)

        def column(c: Any, _: list[Any]) -> list[Any]:
            across = builder.mul(c, INT64(emit.lanes))
            mask = emit.mask(builder.sub(width, across))

            def row(i: Any, _: list[Any]) -> list[Any]:
                line = emit.load(emit.pointer(x, across, builder.mul(i, down)), mask)
                line = builder.fadd(line, more)
                negative = builder.fcmp_ordered("<=", line, zeros)
                cut = builder.select(negative, zeros, line)
                line = builder.select(relu, cut, line)
                emit.store(line, emit.pointer(to, across, builder.mul(i, to_down)), mask)
                return []

            return emit.loop(rows, [], row)

        emit.loop(_vectors(builder, width, emit.lanes), [], column)
        return context.get_dummy_value()

    return types.void(A, *[types.int64] * 6, A.dtype, types.boolean), generate


@intrinsic
def larger_of_pairs(typing: Any, A: Any, x: Any, below: Any, out: Any, n: Any) -> Any:
    """The maxima of n squares of two numbers from A[x:] and the two from A[below:]; NaN if any is.

    The pairs follow each other without gaps.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, x, below, out, n = arguments
        emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
        half = emit.with_lanes(emit.lanes // 2)

        def body(c: Any, _: list[Any]) -> list[Any]:
            across, first = (builder.mul(c, INT64(e.lanes)) for e in (emit, half))
            left = builder.sub(n, first)
            mask = emit.mask(builder.shl(left, INT64(1)))
            lines = [emit.load(emit.pointer(row, across), mask) for row in (x, below)]
            line = _larger(builder, *lines)
            even, odd = (
                builder.shuffle_vector(line, line, _lanes(range(start, emit.lanes, 2)))
                for start in (0, 1)
            )
            half.store(_larger(builder, even, odd), half.pointer(out, first), half.mask(left))
            return []

        emit.loop(_vectors(builder, n, half.lanes), [], body)
        return context.get_dummy_value()

    return types.void(A, *[types.int64] * 4), generate


@intrinsic
def share_among_pairs(
    typing: Any, A: Any, x: Any, below: Any, y: Any, g: Any, out: Any, out_below: Any, n: Any
) -> Any:
    """For n squares of numbers, as in `larger_of_pairs`, share A[g:] among those equal to A[y:].

    The shares are stored from A[out:] and A[out_below:] on, and 0 for the other numbers.  A square
    without a number equal to its maximum, which is NaN, gets NaN.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, x, below, y, g, out, out_below, n = arguments
        emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
        lanes, zeros = emit.lanes, ir.Constant(emit.vector_type, None)
        ones = emit.broadcast(emit.element_type(1.0))
        undefined = emit.broadcast(emit.element_type(float("nan")))
        twice = _lanes(lane // 2 for lane in range(lanes))
        other = _lanes(lane ^ 1 for lane in range(lanes))

        def body(c: Any, _: list[Any]) -> list[Any]:
            across, first = (builder.mul(c, INT64(width)) for width in (lanes, lanes // 2))
            left = builder.sub(n, first)
            mask, few = emit.mask(builder.shl(left, INT64(1))), emit.mask(left)
            repeated = [emit.load(emit.pointer(row, first), few) for row in (y, g)]
            maximum, upstream = (builder.shuffle_vector(v, v, twice) for v in repeated)
            lines = [emit.load(emit.pointer(row, across), mask) for row in (x, below)]
            equal = [builder.fcmp_ordered("==", line, maximum) for line in lines]
            counts = [builder.select(flag, ones, zeros) for flag in equal]
            count = builder.fadd(*counts)
            count = builder.fadd(count, builder.shuffle_vector(count, count, other))
            found = builder.fcmp_ordered(">", count, zeros)
            part = builder.select(found, builder.fdiv(upstream, count), undefined)
            spread = builder.fcmp_unordered("uno", part, part)
            for flag, row in zip(equal, (out, out_below), strict=True):
                shared = builder.select(builder.or_(flag, spread), part, zeros)
                emit.store(shared, emit.pointer(row, across), mask)
            return []

        emit.loop(_vectors(builder, n, lanes // 2), [], body)
        return context.get_dummy_value()

    return types.void(A, *[types.int64] * 7), generate


def _vectors(builder: Any, n: Any, lanes: int) -> Any:
    """How many vectors n numbers fill."""
    return builder.sdiv(builder.add(n, INT64(lanes - 1)), INT64(lanes))


def _lanes(numbers: Any) -> Any:
    """A constant that names the lanes to put together in a shuffle."""
    chosen = list(numbers)
    return ir.Constant(ir.VectorType(ir.IntType(32), len(chosen)), chosen)


def _larger(builder: Any, x: Any, y: Any) -> Any:
    """The larger one of two numbers in each lane; NaN where one is."""
    takes = builder.or_(builder.fcmp_ordered(">", y, x), builder.fcmp_unordered("uno", y, y))
    return builder.select(takes, y, x)
