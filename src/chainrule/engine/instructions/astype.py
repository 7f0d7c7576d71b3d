"""Conversion of numbers to another dtype, each read as narrow as it is stored.

To the program's floats from integers of any size and from floats of the other precision; to floats
of the other precision; and from smaller integers to int64, the dtype that kernels index with.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.simd.intrinsics import viewed_as
from chainrule.engine.threads.work_sharing import share
from chainrule.graph import Node
from chainrule.program import Instruction, View
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules import lowers

__all__ = ["RECORD", "as_int64"]

DTYPES = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8")
"""The dtypes of operands and results, which a row names by their index."""

I1, I2, I4, I8, U1, U2, U4, U8, F4, F8 = range(len(DTYPES))

TO_FLOATS = len(DTYPES)
"""In place of the index of a dtype, the program's floats."""

INT64 = np.dtype(np.int64)


@lowers("astype", any_floats=True)
def _lower(ctx: LoweringContext, node: Node, x: View, dtype: Any) -> View | None:
    """Numbers are converted; booleans are stored as 0.0 and 1.0, so that nothing is to be done.

    None for other pairs of dtypes.
    """
    source, target = node.inputs[0].spec.dtype, np.dtype(dtype)
    if source.kind == "b":
        return x if target == ctx.dtype else None
    if not x.size or not _has_loop(x.buffer.dtype, target, ctx.dtype):
        return None
    return _converted(ctx, node, x, target)


def as_int64(ctx: LoweringContext, node: Node, x: View) -> View | None:
    """Integers as a contiguous array of int64, which `node` indexes with; None for other dtypes."""
    if x.buffer.dtype == INT64:
        return ctx.contiguous(x, node)
    return _converted(ctx, node, x, INT64) if x.buffer.dtype.kind in "iu" else None


def _has_loop(source: np.dtype[Any], target: np.dtype[Any], floats: np.dtype[Any]) -> bool:
    """Whether the kernel has a loop for this pair of dtypes, in a program of `floats`."""
    if source.str[1:] not in DTYPES:
        return False
    if target == INT64:
        return source.kind in "iu"
    return target == floats or (source == floats and target.str[1:] in ("f4", "f8"))


def _converted(ctx: LoweringContext, node: Node, x: View, target: np.dtype[Any]) -> View:
    return ctx.emit("astype", [ctx.contiguous(x, node)], x.shape, node, dtype=target)


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    (x,), (out,) = instruction.inputs, instruction.outputs
    source, target = (DTYPES.index(view.buffer.dtype.str[1:]) for view in (x, out))
    if out.buffer.dtype == encoding.dtype:
        target = TO_FLOATS
    return {"x": x.start, "out": out.start, "count": out.size, "from": source, "to": target}


@inner
def _convert(numbers, x, results, out, count, rank, ranks):
    first, last = share(count, 16, rank, ranks)
    source, target = numbers[x + first : x + last], results[out + first : out + last]
    for i in range(len(source)):
        target[i] = target.dtype.type(source[i])


@inner
def _to_floats(A, out, integers, x, count, source, rank, ranks):
    if source == U1:
        _convert(viewed_as(integers, np.uint8), x, A, out, count, rank, ranks)
    elif source == U2:
        _convert(viewed_as(integers, np.uint16), x, A, out, count, rank, ranks)
    elif source == U4:
        _convert(viewed_as(integers, np.uint32), x, A, out, count, rank, ranks)
    elif source == U8:
        _convert(viewed_as(integers, np.uint64), x, A, out, count, rank, ranks)
    elif source == I1:
        _convert(viewed_as(integers, np.int8), x, A, out, count, rank, ranks)
    elif source == I2:
        _convert(viewed_as(integers, np.int16), x, A, out, count, rank, ranks)
    elif source == I4:
        _convert(viewed_as(integers, np.int32), x, A, out, count, rank, ranks)
    elif source == I8:
        _convert(integers, x, A, out, count, rank, ranks)
    elif source == F4:
        _convert(viewed_as(integers, np.float32), x, A, out, count, rank, ranks)
    else:
        _convert(viewed_as(integers, np.float64), x, A, out, count, rank, ranks)


@inner
def _to_integers(out, integers, x, count, source, rank, ranks):
    if source == U1:
        _convert(viewed_as(integers, np.uint8), x, integers, out, count, rank, ranks)
    elif source == U2:
        _convert(viewed_as(integers, np.uint16), x, integers, out, count, rank, ranks)
    elif source == U4:
        _convert(viewed_as(integers, np.uint32), x, integers, out, count, rank, ranks)
    elif source == I1:
        _convert(viewed_as(integers, np.int8), x, integers, out, count, rank, ranks)
    elif source == I2:
        _convert(viewed_as(integers, np.int16), x, integers, out, count, rank, ranks)
    elif source == I4:
        _convert(viewed_as(integers, np.int32), x, integers, out, count, rank, ranks)
    else:  # int64, or uint64, whose largest numbers become negative ones
        _convert(integers, x, integers, out, count, rank, ranks)


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    x, out, count, source, target = row[0], row[1], row[2], row[3], row[4]
    if target == TO_FLOATS:
        _to_floats(A, out, integers, x, count, source, rank, ranks)
    elif target == I8:
        _to_integers(out, integers, x, count, source, rank, ranks)
    elif target == F4:
        _convert(A, x, viewed_as(integers, np.float32), out, count, rank, ranks)
    else:
        _convert(A, x, viewed_as(integers, np.float64), out, count, rank, ranks)


RECORD = InstructionRecord(
    ops=("astype",),
    fields=("x", "out", "count", "from", "to"),
    encode=_encode,
    kernel=_run,
)
