"""The copy of numbers that are not the program's floats, from and to views with any strides.

Only their size matters: 1, 2, 4 or 8 bytes, or 16, which are twice 8.
"""

from __future__ import annotations

import numpy as np

from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.loop_order import loop_order
from chainrule.engine.kernels.strided_copy import AXES, LENGTHS, copy_matrix
from chainrule.engine.simd.intrinsics import viewed_as
from chainrule.program import Instruction
from chainrule.program.view import common_axes

__all__ = ["RECORD"]

SOURCE_STRIDES, TARGET_STRIDES = (
    tuple(f"{operand}_stride_{axis}" for axis in range(AXES)) for operand in ("source", "out")
)


def _encode(instruction: Instruction, _: Encoding) -> dict[str, int]:
    (source,), (out,) = instruction.inputs, instruction.outputs
    lengths, strides = loop_order(*common_axes([source, out]))
    extra, item = AXES - len(lengths), out.buffer.dtype.itemsize
    fields = {
        "source": source.start * item // min(item, 8),
        "out": out.start * item // min(item, 8),
        "item_bytes": min(item, 8),
    }
    for names, numbers, missing in (
        (LENGTHS, lengths, 1),
        (SOURCE_STRIDES, strides[0], 0),
        (TARGET_STRIDES, strides[1], 0),
    ):
        fields |= dict(zip(names, [*([missing] * extra), *numbers], strict=True))
    return fields


@inner
def _copy(numbers, row):
    along, to = row[AXES + 2 : 2 * AXES + 2], row[2 * AXES + 2 : 3 * AXES + 2]
    for h in range(row[0]):
        for i in range(row[1]):
            for j in range(row[2]):
                for k in range(row[3]):
                    source, out = row[AXES], row[AXES + 1]
                    source += h * along[0] + i * along[1] + j * along[2] + k * along[3]
                    out += h * to[0] + i * to[1] + j * to[2] + k * to[3]
                    copy_matrix(numbers, source, along[4], along[5], out, to[4], to[5], row[4],
                                row[5])  # fmt: skip


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    item_bytes = row[3 * AXES + 2]
    if item_bytes == 8:
        _copy(integers, row)
    elif item_bytes == 4:
        _copy(viewed_as(integers, np.int32), row)
    elif item_bytes == 2:
        _copy(viewed_as(integers, np.int16), row)
    else:
        _copy(viewed_as(integers, np.int8), row)


RECORD = InstructionRecord(
    ops=("copy_items",),
    fields=(*LENGTHS, "source", "out", *SOURCE_STRIDES, *TARGET_STRIDES, "item_bytes"),
    encode=_encode,
    kernel=_run,
    shared=False,
)
