"""Reductions over the middle one of three axes."""

from __future__ import annotations

from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.reductions import reduce
from chainrule.program import Instruction

__all__ = ["RECORD"]

KINDS = ("sum", "mean", "max", "min", "prod")
"""In the order in which the kernel numbers them."""


def _encode(instruction: Instruction, _: Encoding) -> dict[str, int]:
    (x,), (out,) = instruction.inputs, instruction.outputs
    outer, length, inner_length = x.shape
    return {
        "kind": KINDS.index(instruction.op),
        "x": x.start,
        "out": out.start,
        "outer": outer,
        "length": length,
        "inner": inner_length,
    }


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    reduce(row[0], A, row[1], row[2], row[3], row[4], row[5], rank, ranks)


RECORD = InstructionRecord(
    ops=KINDS,
    fields=("kind", "x", "out", "outer", "length", "inner"),
    encode=_encode,
    kernel=_run,
)
