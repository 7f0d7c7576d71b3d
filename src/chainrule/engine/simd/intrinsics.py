"""Functions that kernels call and whose LLVM instructions are emitted in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba.extending
from llvmlite import ir
from numba import types

from chainrule.engine.jit.numba_internals import (
    array_struct,
    cgutils,
    data_pointer,
    reinterpreted,
    without_owner,
)
from chainrule.engine.simd.vector_emitter import VECTOR_BYTES

__all__ = [
    "IN_ORDER",
    "call_c_function",
    "copy",
    "copy_from_address",
    "exact_difference",
    "intrinsic",
    "lanes",
    "load_from_address",
    "viewed_as",
    "without_refcount",
]


IN_ORDER = ("nsz",)
"""The flags of an operation that keeps its place in a sum: without any, Numba adds `fastmath`."""


def intrinsic(function: Callable[..., Any]) -> Any:
    """Decorate a function that emits the instructions of a call: `numba.extending.intrinsic`.

    The decorated function takes the typing context and the types of the arguments, and returns the
    signature and the function that emits the instructions.  Declared to return `Any`, because the
    functions that kernels call have other parameters.
    """
    return numba.extending.intrinsic(function)


def call_c_function(builder: Any, address: Any, arguments: list[Any]) -> None:
    """Emit a call of the C function at an address, which returns nothing."""
    function_type = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
    builder.call(builder.inttoptr(address, function_type.as_pointer()), arguments)


@intrinsic
def lanes(typing: Any, array: Any) -> Any:
    """The number of lanes in a vector of the array's dtype."""
    count = VECTOR_BYTES // (array.dtype.bitwidth // 8)
    return types.int64(array), lambda context, *_: context.get_constant(types.int64, count)


@intrinsic
def without_refcount(typing: Any, array: Any) -> Any:
    """The same array, but without a reference count; the caller must keep the array alive.

    Otherwise every slice increments and decrements the count, and threads that do so at the same
    time compete for its cache line.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return without_owner(array_struct(context, builder, signature.args[0], arguments[0]))

    return array(array), generate


@intrinsic
def viewed_as(typing: Any, array: Any, dtype: Any) -> Any:
    """The memory of a contiguous array as numbers of another dtype; the caller keeps it alive."""
    other = array.copy(dtype=dtype.instance_type)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return reinterpreted(context, builder, signature.args[0], arguments[0], other)

    return other(array, dtype), generate


@intrinsic
def exact_difference(typing: Any, x: Any, y: Any) -> Any:
    """x − y, which is not reordered with the terms of a sum, as `fastmath` allows elsewhere."""
    return x(x, x), lambda _, builder, __, xy: builder.fsub(*xy, flags=IN_ORDER)


@intrinsic
def copy(typing: Any, A: Any, a: Any, B: Any, b: Any, n: Any) -> Any:
    """Copy n entries from B[b:], of a contiguous array of any shape, to A[a:]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        A, a, B, b, n = arguments
        array_type, source_type = signature.args[0], signature.args[2]
        target = data_pointer(context, builder, array_type, A)
        source = data_pointer(context, builder, source_type, B)
        size = array_type.dtype.bitwidth // 8
        cgutils.raw_memcpy(builder, builder.gep(target, [a]), builder.gep(source, [b]), n, size)
        return context.get_dummy_value()

    return types.void(A, types.int64, B, types.int64, types.int64), generate


@intrinsic
def copy_from_address(typing: Any, A: Any, a: Any, address: Any, n: Any) -> Any:
    """Copy n entries of the array's dtype from an address to A[a:]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        A, a, address, n = arguments
        array_type = signature.args[0]
        target = data_pointer(context, builder, array_type, A)
        source = builder.inttoptr(address, target.type)
        size = array_type.dtype.bitwidth // 8
        cgutils.raw_memcpy(builder, builder.gep(target, [a]), source, n, size)
        return context.get_dummy_value()

    return types.void(A, types.int64, types.int64, types.int64), generate


@intrinsic
def load_from_address(typing: Any, A: Any, address: Any) -> Any:
    """The number of the array's dtype at an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer_type = data_pointer(context, builder, signature.args[0], arguments[0]).type
        return builder.load(builder.inttoptr(arguments[1], pointer_type))

    return A.dtype(A, types.int64), generate
