"""Elementwise operations on contiguous regions of an arena."""

from __future__ import annotations

from typing import Any

from numba import types

from chainrule.engine.jit.numba_internals import array_struct, data_pointer
from chainrule.engine.simd.intrinsics import call_c_function, intrinsic

__all__ = ["apply_elementwise"]


@intrinsic
def apply_elementwise(
    typing: Any, address: Any, out: Any, x: Any, y: Any, z: Any, params: Any, first: Any
) -> Any:
    """out = operation(x, y, z), entry by entry, for the loop at an address.

    The loop is one of `elementwise_loops`; the operation's parameters are params[first:].
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        arrays = [
            array_struct(context, builder, kind, array)
            for kind, array in zip(signature.args[1:5], arguments[1:5], strict=True)
        ]
        numbers = data_pointer(context, builder, signature.args[5], arguments[5])
        operands = [*(array.data for array in arrays), builder.gep(numbers, [arguments[6]])]
        call_c_function(builder, arguments[0], [*operands, arrays[0].nitems])
        return context.get_dummy_value()

    return types.void(types.int64, out, x, y, z, params, types.int64), generate
