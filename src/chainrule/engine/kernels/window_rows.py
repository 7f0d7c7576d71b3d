"""Rows of windows, a vector at a time: short rows, as of small images, are one masked vector."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from chainrule.engine.jit.numba_internals import cgutils
from chainrule.engine.simd.intrinsics import intrinsic
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter

__all__ = [
    "add_line",
    "copy_line",
    "copy_rows",
    "larger_of_pairs",
    "share_among_pairs",
    "shift_rows",
]


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
def larger_of_pairs(
    typing: Any, A: Any, x: Any, below: Any, down: Any, out: Any, rows: Any, n: Any
) -> Any:
    """For each row, the maxima of n squares of two numbers and the two `below`; NaN if any is.

    The pairs follow each other from A[x:] on, and rows are `down` apart.  Results have no gaps.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, x, below, down, out, rows, n = arguments
        emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
        half = emit.with_lanes(emit.lanes // 2)

        def column(c: Any, _: list[Any]) -> list[Any]:
            across, first = (builder.mul(c, INT64(e.lanes)) for e in (emit, half))
            left = builder.sub(n, first)
            mask, few = emit.mask(builder.shl(left, INT64(1))), half.mask(left)

            def row(i: Any, _: list[Any]) -> list[Any]:
                start = builder.add(across, builder.mul(i, down))
                lines = [emit.load(emit.pointer(at, start), mask) for at in (x, below)]
                line = _larger(builder, *lines)
                even, odd = (
                    builder.shuffle_vector(line, line, _lanes(range(start, emit.lanes, 2)))
                    for start in (0, 1)
                )
                into = half.pointer(out, first, builder.mul(i, n))
                half.store(_larger(builder, even, odd), into, few)
                return []

            return emit.loop(rows, [], row)

        emit.loop(_vectors(builder, n, half.lanes), [], column)
        return context.get_dummy_value()

    return types.void(A, *[types.int64] * 6), generate


@intrinsic
def share_among_pairs(
    typing: Any, A: Any, x: Any, y: Any, g: Any, out: Any, rows: Any, n: Any
) -> Any:
    """For rows of n squares, as in `larger_of_pairs`, share A[g:] among those equal to A[y:].

    x and out are each (start, start of what is below, distance between rows).  The shares are
    stored in out, and 0 for the other numbers.  A square without a number equal to its maximum,
    which is NaN, gets NaN.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, x, y, g, out, rows, n = arguments
        (x, below, down), (out, out_below, out_down) = (
            cgutils.unpack_tuple(builder, part) for part in (x, out)
        )
        emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
        lanes, zeros = emit.lanes, ir.Constant(emit.vector_type, None)
        ones = emit.broadcast(emit.element_type(1.0))
        undefined = emit.broadcast(emit.element_type(float("nan")))
        twice = _lanes(lane // 2 for lane in range(lanes))
        other = _lanes(lane ^ 1 for lane in range(lanes))

        def column(c: Any, _: list[Any]) -> list[Any]:
            across, first = (builder.mul(c, INT64(width)) for width in (lanes, lanes // 2))
            left = builder.sub(n, first)
            mask, few = emit.mask(builder.shl(left, INT64(1))), emit.mask(left)

            def row(i: Any, _: list[Any]) -> list[Any]:
                start = builder.add(first, builder.mul(i, n))
                repeated = [emit.load(emit.pointer(at, start), few) for at in (y, g)]
                maximum, upstream = (builder.shuffle_vector(v, v, twice) for v in repeated)
                start = builder.add(across, builder.mul(i, down))
                lines = [emit.load(emit.pointer(at, start), mask) for at in (x, below)]
                equal = [builder.fcmp_ordered("==", line, maximum) for line in lines]
                count = builder.fadd(*(builder.select(flag, ones, zeros) for flag in equal))
                count = builder.fadd(count, builder.shuffle_vector(count, count, other))
                found = builder.fcmp_ordered(">", count, zeros)
                part = builder.select(found, builder.fdiv(upstream, count), undefined)
                spread = builder.fcmp_unordered("uno", part, part)
                start = builder.add(across, builder.mul(i, out_down))
                for flag, at in zip(equal, (out, out_below), strict=True):
                    shared = builder.select(builder.or_(flag, spread), part, zeros)
                    emit.store(shared, emit.pointer(at, start), mask)
                return []

            return emit.loop(rows, [], row)

        emit.loop(_vectors(builder, n, lanes // 2), [], column)
        return context.get_dummy_value()

    return types.void(A, x, types.int64, types.int64, out, types.int64, types.int64), generate


def _on_lines(emit_line: Any) -> Any:
    """A function (A, to, x, n) that computes n numbers from A[to:] on from those from A[x:] on.

    emit_line(emit, target, source, mask) emits the work on one vector.
    """

    @intrinsic
    def line(typing: Any, A: Any, to: Any, x: Any, n: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, to, x, n = arguments
            emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
            whole = builder.sdiv(n, INT64(emit.lanes))

            def at(across: Any, mask: Any) -> None:
                emit_line(emit, emit.pointer(to, across), emit.pointer(x, across), mask)

            def body(c: Any, _: list[Any]) -> list[Any]:
                at(builder.mul(c, INT64(emit.lanes)), None)
                return []

            def all_whole() -> list[Any]:
                emit.loop(whole, [], body)
                return []

            emit.when(builder.icmp_signed(">", whole, INT64(0)), [], all_whole)
            done = builder.mul(whole, INT64(emit.lanes))
            at(done, emit.mask(builder.sub(n, done)))
            return context.get_dummy_value()

        return types.void(A, *[types.int64] * 3), generate

    return line


def _copied(emit: VectorEmitter, target: Any, source: Any, mask: Any) -> None:
    emit.store(emit.load(source, mask), target, mask)


def _added(emit: VectorEmitter, target: Any, source: Any, mask: Any) -> None:
    total = emit.builder.fadd(emit.load(target, mask), emit.load(source, mask))
    emit.store(total, target, mask)


copy_line, add_line = _on_lines(_copied), _on_lines(_added)


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
