"""Softmax of the rows of a matrix, and its logarithm."""

from __future__ import annotations

import math
from typing import Any

from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.simd.kernel_math import exp, is_finite, log
from chainrule.engine.threads.work_sharing import share
from chainrule.graph import Node
from chainrule.program import Instruction, View
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules import lowers

__all__ = ["RECORD"]


@lowers("softmax", "log_softmax")
def _lower(
    ctx: LoweringContext, node: Node, x: View, axis: tuple[int, ...], **_: Any
) -> View | None:
    """Softmax or its logarithm over the last axis; other axes have no opcode."""
    if axis != (len(x.shape) - 1,):
        return ctx.refuse("an axis that is not the last one")
    if not ctx.is_floating(node, x):
        return None
    rows = ctx.contiguous(x, node).reshape((math.prod(x.shape[:-1]), x.shape[-1]))
    assert rows is not None
    return ctx.emit(node.kind, [rows], rows.shape, node).reshape(x.shape)


def _encode(instruction: Instruction, _: Encoding) -> dict[str, int]:
    (x,), (out,) = instruction.inputs, instruction.outputs
    rows, columns = x.shape
    return {
        "logarithmic": instruction.op == "log_softmax",
        "x": x.start,
        "out": out.start,
        "rows": rows,
        "columns": columns,
    }


@inner
def _softmax(logarithmic, A, a, o, rows, columns, rank, ranks):
    """Softmax of each row, or its logarithm."""
    first, last = share(rows, 4, rank, ranks)
    for r in range(first, last):
        x, out = (
            A[a + r * columns : a + (r + 1) * columns],
            A[o + r * columns : o + (r + 1) * columns],
        )
        top = x[0]
        for j in range(1, columns):
            top = max(top, x[j])
        if logarithmic and not is_finite(top):
            top = A.dtype.type(0)
        for j in range(columns):
            out[j] = exp(x[j] - top)
        total = A.dtype.type(0)
        for j in range(columns):
            total += out[j]
        if logarithmic:
            shift = top + log(total)
            for j in range(columns):
                out[j] = x[j] - shift
        else:
            scale = 1 / total
            for j in range(columns):
                out[j] *= scale


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    _softmax(row[0] != 0, A, row[1], row[2], row[3], row[4], rank, ranks)


RECORD = InstructionRecord(
    ops=("softmax", "log_softmax"),
    fields=("logarithmic", "x", "out", "rows", "columns"),
    encode=_encode,
    kernel=_run,
)
