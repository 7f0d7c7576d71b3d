"""Tiles of a matrix product, held in the processor's vector registers.

Loops over arrays leave it to the compiler what stays in registers, and it does not see that a whole
tile of the result could.  So the innermost loop is written out in the compiler's own language, once
for every height and width of a tile, for vectors as wide as the processor has them.

Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np import arrayobj

__all__ = ["lanes", "packed", "tile", "transpose"]

SIZE = ir.IntType(64)


def _width() -> int:
    """Bytes of the widest vectors of this processor."""
    features = llvmlite.binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx") else 16


WIDTH = _width()


@intrinsic
def lanes(typing: Any, array: Any) -> Any:
    """How many numbers of an array's dtype a vector has."""
    size = WIDTH // (array.dtype.bitwidth // 8)
    return types.int64(array), lambda context, *_: context.get_constant(types.int64, size)


class _Writer:
    """Writes vector instructions for one array."""

    def __init__(self, context: Any, builder: Any, array_type: Any, array: Any) -> None:
        self.builder = builder
        self.base = arrayobj.make_array(array_type)(context, builder, array).data
        self.number = context.get_value_type(array_type.dtype)
        self.lanes = WIDTH // (array_type.dtype.bitwidth // 8)
        self.align = array_type.dtype.bitwidth // 8
        self.vector = ir.VectorType(self.number, self.lanes)

    def at(self, *offsets: Any) -> Any:
        """Where an entry lies."""
        place = self.base
        for offset in offsets:
            place = self.builder.gep(place, [offset])
        return place

    def load(self, place: Any) -> Any:
        """A vector."""
        pointer = self.builder.bitcast(place, self.vector.as_pointer())
        return self.builder.load(pointer, align=self.align)

    def store(self, vector: Any, place: Any, mask: Any = None) -> None:
        """Put a vector there; with a mask only those entries that it names."""
        pointer = self.builder.bitcast(place, self.vector.as_pointer())
        if mask is None:
            self.builder.store(vector, pointer, align=self.align)
        else:
            self._masked("store", ir.VoidType(), vector, pointer, ir.IntType(32)(self.align), mask)

    def load_some(self, place: Any, mask: Any) -> Any:
        """The entries a mask names, and 0 for others."""
        pointer = self.builder.bitcast(place, self.vector.as_pointer())
        zeros = ir.Constant(self.vector, None)
        return self._masked(
            "load", self.vector, pointer, ir.IntType(32)(self.align), mask, zeros
        )

    def _masked(self, what: str, result: Any, *arguments: Any) -> Any:
        kind = f"v{self.lanes}f{8 * self.align}"
        function = ir.FunctionType(result, [argument.type for argument in arguments])
        name = f"llvm.masked.{what}.{kind}.p0{kind}"
        call = self.builder.module.globals.get(name)
        if call is None:
            call = ir.Function(self.builder.module, function, name)
        return self.builder.call(call, arguments)

    def mask(self, entries: Any) -> Any:
        """Names the first `entries` lanes."""
        places = ir.Constant(ir.VectorType(SIZE, self.lanes), list(range(self.lanes)))
        return self.builder.icmp_signed("<", places, self.spread(entries, SIZE))

    def spread(self, value: Any, kind: Any = None) -> Any:
        """One number in all lanes."""
        vector = ir.VectorType(kind or self.number, self.lanes)
        one = self.builder.insert_element(
            ir.Constant(vector, ir.Undefined), value, ir.IntType(32)(0)
        )
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), None)
        return self.builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)

    def loop(self, n: Any, values: list[Any], body: Callable[[Any, list[Any]], list[Any]]) -> Any:
        """`values = body(i, values)` for i below n, which is not 0; the last values."""
        builder = self.builder
        before, inside = builder.block, builder.append_basic_block()
        after = builder.append_basic_block()
        builder.branch(inside)
        builder.position_at_end(inside)
        i = builder.phi(SIZE)
        i.add_incoming(SIZE(0), before)
        carried = [builder.phi(value.type) for value in values]
        for phi, value in zip(carried, values, strict=True):
            phi.add_incoming(value, before)
        new = body(i, carried)
        following = builder.add(i, SIZE(1))
        i.add_incoming(following, builder.block)
        for phi, value in zip(carried, new, strict=True):
            phi.add_incoming(value, builder.block)
        builder.cbranch(builder.icmp_signed("<", following, n), inside, after)
        builder.position_at_end(after)
        return new


    def when(self, flag: Any, values: list[Any], new: Callable[[], list[Any]]) -> list[Any]:
        """`new()` where the flag is set, else `values`."""
        builder = self.builder
        before, inside = builder.block, builder.append_basic_block()
        after = builder.append_basic_block()
        builder.cbranch(flag, inside, after)
        builder.position_at_end(inside)
        changed = new()
        last = builder.block
        builder.branch(after)
        builder.position_at_end(after)
        chosen: list[Any] = []
        for value, other in zip(values, changed, strict=True):
            phi = builder.phi(value.type)
            phi.add_incoming(value, before)
            phi.add_incoming(other, last)
            chosen.append(phi)
        return chosen


def tile(rows: int, vectors: int) -> Any:
    """A function that makes `rows` rows of a product, as many columns as `vectors` have lanes.

    tile(A, a, row, step, b, k, c, distance, columns, more, bias, relu, gate): entry (i, p) of the
    left matrix is A[a + i·row + p·step]; the right one lies from A[b] on in k rows as wide as the
    tile.  `columns` entries of each row are stored from A[c] on, `distance` apart: added to what is
    there if `more`; with A[bias:] added, ReLU taken, 0 where A[gate:], lying as the result does, is
    not positive.  Places below 0 mean that there is no such thing.
    """

    @intrinsic
    def multiply(
        typing: Any, A: Any, a: Any, row: Any, step: Any, b: Any, k: Any, c: Any, distance: Any,
        columns: Any, more: Any, bias: Any, relu: Any, gate: Any,
    ) -> Any:  # fmt: skip
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, a, row, step, b, k, c, distance, columns, more, bias, relu, gate = arguments
            write = _Writer(context, builder, signature.args[0], array)
            flags = ("contract",)
            starts = [write.at(a, builder.mul(row, SIZE(i))) for i in range(rows)]
            right = write.at(b)
            width = SIZE(vectors * write.lanes)

            def body(p: Any, sums: list[Any]) -> list[Any]:
                place = builder.gep(right, [builder.mul(p, width)])
                others = [
                    write.load(builder.gep(place, [SIZE(v * write.lanes)])) for v in range(vectors)
                ]
                new = []
                for i in range(rows):
                    entry = builder.load(builder.gep(starts[i], [builder.mul(p, step)]))
                    left = write.spread(entry)
                    for v in range(vectors):
                        product = builder.fmul(left, others[v], flags=flags)
                        new.append(builder.fadd(sums[i * vectors + v], product, flags=flags))
                return new

            zeros = [ir.Constant(write.vector, None)] * (rows * vectors)
            sums = write.loop(k, zeros, body)
            masks = [
                write.mask(builder.sub(columns, SIZE(v * write.lanes))) for v in range(vectors)
            ]
            zero = ir.Constant(write.vector, None)

            def everywhere(start: Any, finish: Callable[[Any, Any, Any], Any]) -> list[Any]:
                """`finish(sum, place, mask)` for all of the tile, which lies from A[start] on."""
                return [
                    finish(
                        sums[i * vectors + v],
                        write.at(start, builder.mul(distance, SIZE(i)), SIZE(v * write.lanes)),
                        masks[v],
                    )
                    for i in range(rows)
                    for v in range(vectors)
                ]

            def biased(sums: list[Any]) -> list[Any]:
                lines = [
                    write.load_some(write.at(bias, SIZE(v * write.lanes)), masks[v])
                    for v in range(vectors)
                ]
                return [builder.fadd(x, lines[i % vectors]) for i, x in enumerate(sums)]

            def rectified(sums: list[Any]) -> list[Any]:
                # what is no number stays none
                return [
                    builder.select(builder.fcmp_unordered(">", x, zero), x, zero) for x in sums
                ]

            def added(x: Any, place: Any, mask: Any) -> Any:
                return builder.fadd(x, write.load_some(place, mask))

            def gated(x: Any, place: Any, mask: Any) -> Any:
                active = builder.fcmp_ordered(">", write.load_some(place, mask), zero)
                return builder.select(active, x, zero)

            there = lambda place: builder.icmp_signed(">=", place, SIZE(0))  # noqa: E731
            sums = write.when(more, sums, lambda: everywhere(c, added))
            sums = write.when(there(bias), sums, lambda: biased(sums))
            sums = write.when(relu, sums, lambda: rectified(sums))
            sums = write.when(there(gate), sums, lambda: everywhere(gate, gated))
            everywhere(c, write.store)
            return context.get_dummy_value()

        whole, truth = types.int64, types.boolean
        return types.void(A, *[whole] * 8, truth, whole, truth, whole), generate

    return multiply


@intrinsic
def transpose(typing: Any, A: Any, a: Any, row: Any, rows: Any, b: Any, width: Any) -> Any:
    """A square of vectors from A[a] on, `row` apart, turned, to A[b] on, `width` apart.

    Where there are fewer `rows`, the last stands for those that lack.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, a, row, rows, b, width = arguments
        write = _Writer(context, builder, signature.args[0], array)
        n, last = write.lanes, builder.sub(rows, SIZE(1))
        lines: list[Any] = []
        for i in range(n):
            there = builder.select(builder.icmp_signed("<", SIZE(i), rows), SIZE(i), last)
            lines.append(write.load(write.at(a, builder.mul(row, there))))
        half = n // 2
        while half:  # blocks off the diagonal change places, then the halves of every block
            # lanes of the second vector are counted on from those of the first
            upper = [j if not j & half else n + j - half for j in range(n)]
            lower = [j + half if not j & half else n + j for j in range(n)]
            for i in range(n):
                if not i & half:
                    pair = lines[i], lines[i + half]
                    lines[i] = _shuffled(builder, pair, upper)
                    lines[i + half] = _shuffled(builder, pair, lower)
            half //= 2
        for i, line in enumerate(lines):
            write.store(line, write.at(b, builder.mul(width, SIZE(i))))
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
            write = _Writer(context, builder, signature.args[0], array)
            n = write.lanes
            masks = [write.mask(builder.sub(columns, SIZE(v * n))) for v in range(vectors)]

            def body(p: Any, _: list[Any]) -> list[Any]:
                source = write.at(a, builder.mul(p, row))
                into = write.at(b, builder.mul(p, SIZE(vectors * n)))
                for v in range(vectors):
                    line = write.load_some(builder.gep(source, [SIZE(v * n)]), masks[v])
                    write.store(line, builder.gep(into, [SIZE(v * n)]))
                return []

            write.loop(rows, [], body)
            return context.get_dummy_value()

        return types.void(A, *[types.int64] * 5), generate

    return pack


def _shuffled(builder: Any, pair: Any, order: list[int]) -> Any:
    places = ir.Constant(ir.VectorType(ir.IntType(32), len(order)), order)
    return builder.shuffle_vector(*pair, places)
