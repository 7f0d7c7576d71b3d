"""Emits LLVM instructions on vectors: loads, stores, masks, broadcasts, prefetches and loops.

In a loop over arrays the compiler decides what stays in registers, and it does not recognise that a
whole tile of a matrix product, or the sums of several columns, could stay there.  The few innermost
loops that decide the speed are therefore emitted as instructions on the widest vectors that the
processor has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding
from llvmlite import ir

from chainrule.engine.jit.numba_internals import data_pointer

__all__ = ["INT64", "VECTOR_BYTES", "VectorEmitter"]

INT64 = ir.IntType(64)
"""The LLVM type of offsets, lengths and labels."""


def _widest_vector_bytes() -> int:
    features = llvmlite.binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx") else 16


VECTOR_BYTES = _widest_vector_bytes()
"""The size of the widest vectors of this processor."""


class VectorEmitter:
    """Emits instructions on vectors of `lanes` numbers in the memory that `base` points to.

    Matrices whose rows are stored elsewhere have the rows' addresses in the memory that `addresses`
    points to.
    """

    def __init__(self, builder: Any, base: Any, lanes: int = 0, addresses: Any = None) -> None:
        self.builder, self.base, self.addresses = builder, base, addresses
        self.element_type = base.type.pointee
        self.item_bytes = 4 if isinstance(self.element_type, ir.FloatType) else 8
        self.lanes = lanes or VECTOR_BYTES // self.item_bytes
        self.vector_type = ir.VectorType(self.element_type, self.lanes)
        self._strided: dict[Any, Any] = {}

    @classmethod
    def for_array(cls, context: Any, builder: Any, array_type: Any, array: Any) -> VectorEmitter:
        """The emitter for the memory of one of Numba's arrays."""
        return cls(builder, data_pointer(context, builder, array_type, array))

    def with_lanes(self, lanes: int) -> VectorEmitter:
        """The emitter for vectors of another length in the same memory."""
        other = VectorEmitter(self.builder, self.base, lanes, self.addresses)
        other._strided = self._strided
        return other

    def pointer(self, *offsets: Any) -> Any:
        """The pointer to the entry at the sum of some offsets."""
        pointer = self.base
        for offset in offsets:
            pointer = self.builder.gep(pointer, [offset])
        return pointer

    def strided_pointer(self, *steps: tuple[Any, int]) -> Any:
        """The pointer to the entry at Σ index · stride over (index, stride); an index may be None.

        Within one basic block each address is computed once.
        """
        builder, key, pointer = self.builder, (), self.base
        for index, stride in steps:
            if index is not None:
                key += (builder.block, id(index), stride)
                if key not in self._strided:
                    offset = builder.mul(index, INT64(stride))
                    self._strided[key] = builder.gep(pointer, [offset])
                pointer = self._strided[key]
        return pointer

    def load(self, pointer: Any, mask: Any = None) -> Any:
        """The vector at a pointer; with a mask, 0 in the lanes that it leaves out."""
        pointer = self.builder.bitcast(pointer, self.vector_type.as_pointer())
        if mask is None:
            return self.builder.load(pointer, align=self.item_bytes)
        alignment, zeros = ir.IntType(32)(self.item_bytes), ir.Constant(self.vector_type, None)
        return self._call_masked("load", self.vector_type, pointer, alignment, mask, zeros)

    def store(self, vector: Any, pointer: Any, mask: Any = None) -> None:
        """Store a vector at a pointer; with a mask, only the lanes that it selects."""
        pointer = self.builder.bitcast(pointer, self.vector_type.as_pointer())
        if mask is None:
            self.builder.store(vector, pointer, align=self.item_bytes)
        else:
            alignment = ir.IntType(32)(self.item_bytes)
            self._call_masked("store", ir.VoidType(), vector, pointer, alignment, mask)

    def prefetch(self, pointer: Any) -> None:
        """Prefetch the cache line at a pointer, which need not point to valid memory."""
        number, byte_pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        function_type = ir.FunctionType(ir.VoidType(), [byte_pointer, number, number, number])
        name = "llvm.prefetch.p0i8"
        function = self.builder.module.globals.get(name)
        if function is None:
            function = ir.Function(self.builder.module, function_type, name)
        read, no_locality, data = number(0), number(0), number(1)
        address = self.builder.bitcast(pointer, byte_pointer)
        self.builder.call(function, [address, read, no_locality, data])

    def _call_masked(self, operation: str, result_type: Any, *arguments: Any) -> Any:
        suffix = f"v{self.lanes}f{8 * self.item_bytes}"
        function_type = ir.FunctionType(result_type, [argument.type for argument in arguments])
        name = f"llvm.masked.{operation}.{suffix}.p0{suffix}"
        function = self.builder.module.globals.get(name)
        if function is None:
            function = ir.Function(self.builder.module, function_type, name)
        return self.builder.call(function, arguments)

    def mask(self, count: Any) -> Any:
        """The mask that selects the first `count` lanes."""
        if isinstance(count, int):
            selected = [int(lane < count) for lane in range(self.lanes)]
            return ir.Constant(ir.VectorType(ir.IntType(1), self.lanes), selected)
        lane_numbers = ir.Constant(ir.VectorType(INT64, self.lanes), list(range(self.lanes)))
        return self.builder.icmp_signed("<", lane_numbers, self.broadcast(count, INT64))

    def broadcast(self, value: Any, element_type: Any = None) -> Any:
        """The vector with one number in all lanes."""
        vector_type = ir.VectorType(element_type or self.element_type, self.lanes)
        undefined = ir.Constant(vector_type, ir.Undefined)
        first = self.builder.insert_element(undefined, value, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), None)
        return self.builder.shuffle_vector(first, undefined, zeros)

    def loop(
        self, n: Any, values: list[Any], body: Callable[[Any, list[Any]], list[Any]],
        *, unrolled: bool = True,
    ) -> Any:  # fmt: skip
        """Emit a loop of `values = body(i, values)` for i from 0 to n − 1, where n is at least 1.

        Returns the last values.  The compiler may unroll the loop if it is `unrolled`.
        """
        builder = self.builder
        before, inside = builder.block, builder.append_basic_block()
        after = builder.append_basic_block()
        builder.branch(inside)
        builder.position_at_end(inside)
        i = builder.phi(INT64)
        i.add_incoming(INT64(0), before)
        carried = [builder.phi(value.type) for value in values]
        for phi, value in zip(carried, values, strict=True):
            phi.add_incoming(value, before)
        new = body(i, carried)
        following = builder.add(i, INT64(1))
        i.add_incoming(following, builder.block)
        for phi, value in zip(carried, new, strict=True):
            phi.add_incoming(value, builder.block)
        branch = builder.cbranch(builder.icmp_signed("<", following, n), inside, after)
        if not unrolled:
            branch.set_metadata("llvm.loop", self._unroll_disable())
        builder.position_at_end(after)
        return new

    def _unroll_disable(self) -> Any:
        """New metadata of a loop, by which the compiler does not unroll it."""
        module = self.builder.module
        hint = module.add_metadata([ir.MetaDataString(module, "llvm.loop.unroll.disable")])
        loop = ir.MDValue(module, [hint, hint], name=str(len(module.metadata)))
        loop.operands = (loop, hint)  # LLVM requires the first operand to be the node itself
        return loop

    def when(self, flag: Any, values: list[Any], compute: Callable[[], list[Any]]) -> list[Any]:
        """Emit a branch: the values of `compute()` where the flag is set, else `values`."""
        builder = self.builder
        before, inside = builder.block, builder.append_basic_block()
        after = builder.append_basic_block()
        builder.cbranch(flag, inside, after)
        builder.position_at_end(inside)
        computed = compute()
        last = builder.block
        builder.branch(after)
        builder.position_at_end(after)
        merged: list[Any] = []
        for value, other in zip(values, computed, strict=True):
            phi = builder.phi(value.type)
            phi.add_incoming(value, before)
            phi.add_incoming(other, last)
            merged.append(phi)
        return merged
