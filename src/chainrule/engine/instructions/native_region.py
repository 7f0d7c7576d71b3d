"""The native region: machine code that replaces a range of other instructions."""

from __future__ import annotations

from typing import Any

from numba import types

from chainrule.engine.instructions.record import InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.jit.numba_internals import data_pointer
from chainrule.engine.simd.intrinsics import call_c_function, intrinsic

__all__ = ["RECORD"]


@intrinsic
def _call_native(typing: Any, address: Any, A: Any) -> Any:
    """Call the machine code of a range of instructions: see `chainrule.engine.small_programs`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = data_pointer(context, builder, signature.args[1], arguments[1])
        call_c_function(builder, arguments[0], [pointer])
        return context.get_dummy_value()

    return types.void(types.int64, A), generate


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    _call_native(row[0], A)


RECORD = InstructionRecord(
    ops=("native",),
    fields=("address",),
    encode=lambda instruction, _: {"address": instruction.attributes["address"]},
    kernel=_run,
    shared=False,
)
