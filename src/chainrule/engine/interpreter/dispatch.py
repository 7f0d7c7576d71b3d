"""The dispatch of a row to the kernel of its instruction."""

from __future__ import annotations

from typing import Any

from numba import types

from chainrule.engine.instructions import RECORDS
from chainrule.engine.jit.numba_internals import call_compiled, signature_of_call
from chainrule.engine.simd.intrinsics import intrinsic

__all__ = ["dispatch"]


@intrinsic
def dispatch(
    typing: Any, number: Any, row: Any, micro: Any, params: Any, A: Any, integers: Any, rank: Any,
    ranks: Any, counter: Any, claim: Any,
) -> Any:  # fmt: skip
    """Run the kernel of the record with this number; a number without a record does nothing.

    Returns how many rows back to go on at, if the kernel says so, or −1.
    """
    kinds = (row, micro, params, A, integers, rank, ranks, counter, claim)
    kernels = [
        (record.kernel, signature_of_call(typing, record.kernel, kinds)) for record in RECORDS
    ]

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        which, *operands = arguments
        after, none = builder.append_basic_block(), which.type(-1)
        jumps = [(none, builder.block)]
        switch = builder.switch(which, after)
        for record, (kernel, types_of_call) in enumerate(kernels):
            case = builder.append_basic_block()
            switch.add_case(which.type(record), case)
            builder.position_at_end(case)
            value = call_compiled(context, builder, kernel, types_of_call, operands)
            jumps.append((value if RECORDS[record].jumps else none, builder.block))
            builder.branch(after)
        builder.position_at_end(after)
        rows = builder.phi(which.type)
        for value, block in jumps:
            rows.add_incoming(value, block)
        return rows

    return types.int64(types.int64, *kinds), generate
