"""One-hot rows of labels."""

from __future__ import annotations

from typing import Any

from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.threads.work_sharing import share
from chainrule.graph import Node
from chainrule.program import Instruction, View
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.index_arrays import as_int64
from chainrule.program.lowering.rules import lowers

__all__ = ["RECORD"]


@lowers("one_hot", indices=True)
def _lower(ctx: LoweringContext, node: Node, x: View, classes: int, dtype: Any) -> View | None:
    """A row of zeros for each label, with a 1 at the label."""
    labels = as_int64(ctx, node, x) if dtype == ctx.dtype else None
    if labels is None:
        return None
    return ctx.emit("one_hot", [labels], node.spec.shape, node, classes=classes)


def _encode(instruction: Instruction, _: Encoding) -> dict[str, int]:
    (labels,), (out,) = instruction.inputs, instruction.outputs
    return {
        "labels": labels.start,
        "out": out.start,
        "count": labels.size,
        "classes": instruction.attributes["classes"],
    }


@inner
def _one_hot(A, integers, labels, o, n, classes, rank, ranks):
    """A row for each label: 1 at its index, 0 elsewhere, and 0 everywhere if it is out of range."""
    out, indices = A[o : o + n * classes], integers[labels : labels + n]
    first, last = share(n, 4, rank, ranks)
    out[first * classes : last * classes] = 0
    for i in range(first, last):
        if 0 <= indices[i] < classes:
            out[i * classes + indices[i]] = 1


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    _one_hot(A, integers, row[0], row[1], row[2], row[3], rank, ranks)


RECORD = InstructionRecord(
    ops=("one_hot",),
    fields=("labels", "out", "count", "classes"),
    encode=_encode,
    kernel=_run,
)
