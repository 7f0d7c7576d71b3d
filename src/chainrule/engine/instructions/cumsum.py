"""Running sums along the middle one of three axes."""

from __future__ import annotations

import math

from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.threads.work_sharing import share_axes
from chainrule.graph import Node
from chainrule.program import Instruction, View
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules import lowers

__all__ = ["RECORD"]


@lowers("cumsum")
def _lower(ctx: LoweringContext, node: Node, x: View, axis: int) -> View | None:
    """Running sums along one axis; the axes before it are merged, and those after it."""
    if not ctx.is_floating(node, x):
        return None
    lengths = math.prod(x.shape[:axis]), x.shape[axis], math.prod(x.shape[axis + 1 :])
    merged = ctx.contiguous(x, node).reshape(lengths)
    assert merged is not None, "a contiguous view can be reshaped"
    return ctx.emit("cumsum", [merged], lengths, node).reshape(x.shape)


def _encode(instruction: Instruction, _: Encoding) -> dict[str, int]:
    (x,), (out,) = instruction.inputs, instruction.outputs
    outer, length, inner_length = x.shape
    return {
        "x": x.start,
        "out": out.start,
        "outer": outer,
        "length": length,
        "inner": inner_length,
    }


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    x, out, outer, length, inner = row[0], row[1], row[2], row[3], row[4]
    begin, end, left, right = share_axes(outer, inner, rank, ranks)
    for block in range(begin, end):
        at = block * length * inner
        for i in range(left, right):
            A[out + at + i] = A[x + at + i]
        for j in range(1, length):
            row_at = at + j * inner
            for i in range(left, right):
                A[out + row_at + i] = A[out + row_at - inner + i] + A[x + row_at + i]


RECORD = InstructionRecord(
    ops=("cumsum",),
    fields=("x", "out", "outer", "length", "inner"),
    encode=_encode,
    kernel=_run,
)
