"""Loops: instructions that run once for each step of time, without returning to Python.

A scan becomes a loop around the instructions of its body.  Each step begins with copies of its
slices of what is given for every step, and ends with copies of its results to where all of them are
stacked, and of the next carry to where the next step reads it.
"""

from __future__ import annotations

import numpy as np

from chainrule.engine.instructions.loop_time import COUNTER_DISTANCE
from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.instructions.scan import entry
from chainrule.engine.jit.compile import inner
from chainrule.engine.simd.intrinsics import copy, viewed_as
from chainrule.engine.threads.row_share import MANY_ROWS, SHARED_ROWS
from chainrule.engine.threads.work_sharing import share
from chainrule.program import Instruction, flattened

__all__ = ["BEGIN", "COPY", "END"]

GRAIN = 16
"""Threads divide what is copied in multiples of this many numbers, unless they do by rows."""


def _encode_begin(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    loop = instruction.loop
    assert loop is not None
    return {"counter": encoding.counter(loop), "first": loop.times[0]}


@inner
def _begin(row, micro, params, A, integers, rank, ranks, counter, claim):
    integers[row[0] + rank * COUNTER_DISTANCE] = row[1]


def _encode_end(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    loop = instruction.loop
    assert loop is not None
    return {
        "counter": encoding.counter(loop),
        "last": loop.times[-1],
        "step": loop.times.step,
        "rows": sum(1 for _ in flattened(loop.body)),
    }


@inner
def _end(row, micro, params, A, integers, rank, ranks, counter, claim):
    """Count the step; return how many rows the next one begins before this, or -1 at the end."""
    at = row[0] + rank * COUNTER_DISTANCE
    if integers[at] == row[1]:
        return np.int64(-1)
    integers[at] += row[2]
    return row[3]


def _encode_copy(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    (source,), (target,) = instruction.inputs, instruction.outputs
    assert instruction.loop is not None
    own = target.buffer.dtype
    part, steps = source, {}
    if instruction.op == "load_step":
        part, steps = entry(source), {"source_step": source.strides[0]}
    elif instruction.op == "store_step":
        steps = {"target_step": target.strides[0]}
    return {
        "counter": encoding.counter(instruction.loop),
        "source": source.start,
        "stride": int(part.contiguous),
        "target": target.start,
        "size": part.size,
        "grain": SHARED_ROWS * target.shape[1] if _by_rows(instruction) else GRAIN,
        "item_bytes": 0 if own == encoding.dtype else own.itemsize,
        **steps,
    }


def _by_rows(instruction: Instruction) -> tuple[int, ...]:
    """The initial carry, if it is a matrix of many rows."""
    source, target = instruction.inputs[0].shape, instruction.outputs[0].shape
    alike = instruction.op == "carry" and source == target and len(target) == 2
    return (0,) if alike and target[0] >= MANY_ROWS else ()


@inner
def _copy_items(numbers, source, stride, target, begin, end):
    for i in range(begin, end):
        numbers[target + i] = numbers[source + i * stride]


@inner
def _copy(row, micro, params, A, integers, rank, ranks, counter, claim):
    """Copy numbers, or repeat one; source and target move by a constant distance in each step."""
    t = integers[row[0] + rank * COUNTER_DISTANCE]
    source, stride, target = row[1] + t * row[2], row[3], row[4] + t * row[5]
    begin, end = share(row[6], row[8], rank, ranks)
    if row[7] == 8:
        _copy_items(integers, source, stride, target, begin, end)
    elif row[7] == 4:
        _copy_items(viewed_as(integers, np.int32), source, stride, target, begin, end)
    elif row[7] == 2:
        _copy_items(viewed_as(integers, np.int16), source, stride, target, begin, end)
    elif row[7] == 1:
        _copy_items(viewed_as(integers, np.int8), source, stride, target, begin, end)
    elif stride != 0:
        copy(A, target + begin, A, source + begin, end - begin)
    else:
        A[target + begin : target + end] = A[source]


def _nanoseconds(instruction: Instruction) -> float:
    return min(instruction.inputs[0].size, instruction.outputs[0].size) / 8


BEGIN = InstructionRecord(
    ops=("loop",),
    fields=("counter", "first"),
    encode=_encode_begin,
    kernel=_begin,
)

END = InstructionRecord(
    ops=("loop_end",),
    fields=("counter", "last", "step", "rows"),
    encode=_encode_end,
    kernel=_end,
    jumps=True,
)

COPY = InstructionRecord(
    ops=("load_step", "store_step", "carry"),
    fields=(
        *("counter", "source", "source_step", "stride", "target", "target_step", "size"),
        *("item_bytes", "grain"),
    ),
    encode=_encode_copy,
    kernel=_copy,
    nanoseconds=_nanoseconds,
    by_rows=_by_rows,
)
