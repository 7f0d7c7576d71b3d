"""Vector instructions, written in the compiler's own language.

Loops over arrays leave it to the compiler what stays in registers, and it does not see that a whole
tile of a matrix product, or the sums of some columns, could.  So the few innermost loops that
decide are written out, for vectors as wide as the processor has them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from chainrule.engine.jit.numba_internals import array_struct, cgutils, without_owner

__all__ = ["SIZE", "WIDTH", "Writer", "bare", "beginning", "called", "copy", "emitted", "lanes"]

SIZE = ir.IntType(64)


def _width() -> int:
    """Bytes of the widest vectors of this processor."""
    features = llvmlite.binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx") else 16


WIDTH = _width()


def emitted(function: Callable[..., Any]) -> Any:
    """A function of kernels whose instructions the decorated one writes; the types come first."""
    return intrinsic(function)


def beginning(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    """Where an array of Numba's begins."""
    return array_struct(context, builder, array_type, array).data


def called(builder: Any, address: Any, operands: list[Any]) -> None:
    """Call what lies at an address, which returns nothing."""
    kind = ir.FunctionType(ir.VoidType(), [operand.type for operand in operands])
    builder.call(builder.inttoptr(address, kind.as_pointer()), operands)


@emitted
def lanes(typing: Any, array: Any) -> Any:
    """How many numbers of an array's dtype a vector has."""
    size = WIDTH // (array.dtype.bitwidth // 8)
    return types.int64(array), lambda context, *_: context.get_constant(types.int64, size)


@emitted
def bare(typing: Any, array: Any) -> Any:
    """The same array, of whose slices nobody keeps count.

    Every slice is otherwise counted up and down, and threads that do so take the number from each
    other all the time.  Whoever calls kernels keeps the array.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return without_owner(array_struct(context, builder, signature.args[0], arguments[0]))

    return array(array), generate


@emitted
def copy(typing: Any, A: Any, a: Any, B: Any, b: Any, n: Any) -> Any:
    """Copy n entries from B[b:], of an array without gaps of whatever shape, to A[a:]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        A, a, B, b, n = arguments
        into = beginning(context, builder, signature.args[0], A)
        source = beginning(context, builder, signature.args[2], B)
        size = signature.args[0].dtype.bitwidth // 8
        cgutils.raw_memcpy(builder, builder.gep(into, [a]), builder.gep(source, [b]), n, size)
        return context.get_dummy_value()

    return types.void(A, types.int64, B, types.int64, types.int64), generate


class Writer:
    """Writes vector instructions for numbers that lie from `base` on, `lanes` of them at once.

    Numbers that lie elsewhere do so at `addresses`.
    """

    def __init__(self, builder: Any, base: Any, lanes: int = 0, addresses: Any = None) -> None:
        self.builder, self.base, self.addresses = builder, base, addresses
        self.number = base.type.pointee
        self.align = 4 if isinstance(self.number, ir.FloatType) else 8
        self.lanes = lanes or WIDTH // self.align
        self.vector = ir.VectorType(self.number, self.lanes)
        self._shifted: dict[Any, Any] = {}

    @classmethod
    def of(cls, context: Any, builder: Any, array_type: Any, array: Any) -> Writer:
        """Writes for an array of Numba's."""
        return cls(builder, beginning(context, builder, array_type, array))

    def narrowed(self, lanes: int) -> Writer:
        """Writes for the same numbers in vectors of another length."""
        other = Writer(self.builder, self.base, lanes, self.addresses)
        other._shifted = self._shifted
        return other

    def at(self, *offsets: Any) -> Any:
        """Where an entry lies."""
        place = self.base
        for offset in offsets:
            place = self.builder.gep(place, [offset])
        return place

    def shifted(self, *moves: tuple[Any, int]) -> Any:
        """Where the numbers begin, moved by i · step for each (i, step); i may be None."""
        builder, key, place = self.builder, (), self.base
        for i, step in moves:
            if i is not None:
                key += (builder.block, id(i), step)
                if key not in self._shifted:
                    self._shifted[key] = builder.gep(place, [builder.mul(i, SIZE(step))])
                place = self._shifted[key]
        return place

    def load(self, place: Any, mask: Any = None) -> Any:
        """A vector; with a mask the entries that it names, and 0 for others."""
        pointer = self.builder.bitcast(place, self.vector.as_pointer())
        if mask is None:
            return self.builder.load(pointer, align=self.align)
        zeros = ir.Constant(self.vector, None)
        return self._masked("load", self.vector, pointer, ir.IntType(32)(self.align), mask, zeros)

    def store(self, vector: Any, place: Any, mask: Any = None) -> None:
        """Put a vector there; with a mask only those entries that it names."""
        pointer = self.builder.bitcast(place, self.vector.as_pointer())
        if mask is None:
            self.builder.store(vector, pointer, align=self.align)
        else:
            self._masked("store", ir.VoidType(), vector, pointer, ir.IntType(32)(self.align), mask)

    def announce(self, place: Any) -> None:
        """What lies there will be wanted: have it fetched meanwhile.  It may be nowhere at all."""
        number, byte = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        name = "llvm.prefetch.p0i8"
        prefetch = self.builder.module.globals.get(name)
        if prefetch is None:
            prefetch = ir.Function(self.builder.module, kind, name)
        to_read, soon, data = number(0), number(0), number(1)
        self.builder.call(prefetch, [self.builder.bitcast(place, byte), to_read, soon, data])

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
        if isinstance(entries, int):
            named = [int(lane < entries) for lane in range(self.lanes)]
            return ir.Constant(ir.VectorType(ir.IntType(1), self.lanes), named)
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

    def loop(
        self, n: Any, values: list[Any], body: Callable[[Any, list[Any]], list[Any]],
        *, unrolled: bool = True,
    ) -> Any:  # fmt: skip
        """`values = body(i, values)` for i below n, which is not 0; the last values.

        The compiler may do several i at once if it is `unrolled`.
        """
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
        again = builder.cbranch(builder.icmp_signed("<", following, n), inside, after)
        if not unrolled:
            again.set_metadata("llvm.loop", self._as_it_is())
        builder.position_at_end(after)
        return new

    def _as_it_is(self) -> Any:
        """Tells the compiler of a loop, a different one each time, not to unroll it."""
        module = self.builder.module
        hint = module.add_metadata([ir.MetaDataString(module, "llvm.loop.unroll.disable")])
        loop = ir.MDValue(module, [hint, hint], name=str(len(module.metadata)))
        loop.operands = (loop, hint)  # the first stands for the loop itself
        return loop

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
