"""Conversion of integers to floats."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.threads.work_sharing import share
from chainrule.graph import Node
from chainrule.program import Instruction, View
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules import lowers

__all__ = ["RECORD"]


@lowers("astype")
def _lower(ctx: LoweringContext, node: Node, x: View, dtype: Any) -> View | None:
    """Integers are converted; booleans are stored as 0.0 and 1.0, so that nothing is to be done.

    None for other dtypes, and for uint64, whose largest numbers the arena stores as negative ones.
    """
    source = node.inputs[0].spec.dtype
    if dtype != ctx.dtype:
        return None
    if source.kind == "b":
        return x
    if x.buffer.kind != "int" or source == np.uint64:
        return None
    return ctx.emit("astype", [ctx.contiguous(x, node)], node.spec.shape, node)


def _encode(instruction: Instruction, _: Encoding) -> dict[str, int]:
    (x,), (out,) = instruction.inputs, instruction.outputs
    return {"x": x.start, "out": out.start, "count": out.size}


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    x, out = row[0], row[1]
    first, last = share(row[2], 16, rank, ranks)
    for i in range(first, last):
        A[out + i] = A.dtype.type(integers[x + i])


RECORD = InstructionRecord(
    ops=("astype",),
    fields=("x", "out", "count"),
    encode=_encode,
    kernel=_run,
)
