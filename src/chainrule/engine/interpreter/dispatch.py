"""The call of the kernel of a row."""

from __future__ import annotations

from typing import Any

from numba import types

from chainrule.engine.instructions import RECORDS
from chainrule.engine.jit.numba_internals import call_by_address
from chainrule.engine.simd.intrinsics import intrinsic

__all__ = ["run_kernel"]


@intrinsic
def run_kernel(
    typing: Any, kernel: Any, opcode: Any, row: Any, micro: Any, params: Any, A: Any,
    integers: Any, rank: Any, ranks: Any, counter: Any, claim: Any,
) -> Any:  # fmt: skip
    """Run the kernel at an address, which is that of the record with this number.

    Returns how many rows back to go on at, if the kernel says so, or −1.
    """
    kinds = (row, micro, params, A, integers, rank, ranks, counter, claim)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, number, *operands = arguments
        jumps, others, after = (builder.append_basic_block() for _ in range(3))
        switch = builder.switch(number, others)
        for record, described in enumerate(RECORDS):
            if described.jumps:
                switch.add_case(number.type(record), jumps)
        builder.position_at_end(others)
        call_by_address(context, builder, types.none, kinds, [address, *operands])
        others = builder.block
        builder.branch(after)
        builder.position_at_end(jumps)
        back = call_by_address(context, builder, types.int64, kinds, [address, *operands])
        jumps = builder.block
        builder.branch(after)
        builder.position_at_end(after)
        rows = builder.phi(number.type)
        rows.add_incoming(number.type(-1), others)
        rows.add_incoming(back, jumps)
        return rows

    return types.int64(types.int64, types.int64, *kinds), generate
