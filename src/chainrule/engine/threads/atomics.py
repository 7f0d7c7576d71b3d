"""Atomic operations on counters that several threads share."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from chainrule.engine.jit.numba_internals import data_pointer
from chainrule.engine.simd.intrinsics import intrinsic

__all__ = ["fetch_add", "load"]


@intrinsic
def fetch_add(typing: Any, counter: Any, at: Any) -> Any:
    """Add 1 to counter[at] and return its previous value.

    A thread that sees the new value also sees everything this thread wrote before.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        counters = data_pointer(context, builder, signature.args[0], arguments[0])
        pointer = builder.gep(counters, [arguments[1]])
        return builder.atomic_rmw("add", pointer, ir.Constant(ir.IntType(64), 1), "seq_cst")

    return types.int64(counter, types.int64), generate


@intrinsic
def load(typing: Any, counter: Any) -> Any:
    """Read counter[0]; what other threads wrote before they added to it is visible afterwards."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = data_pointer(context, builder, signature.args[0], arguments[0])
        return builder.load_atomic(pointer, "seq_cst", align=8)

    return types.int64(counter), generate
