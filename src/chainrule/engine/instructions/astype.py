"""Conversion of numbers to another dtype, each read as narrow as it is stored.

To the program's floats from integers of any size and from floats of the other precision; to floats
of the other precision; and from smaller integers, or floats, to int64, the dtype that kernels index
with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.jit.numba_internals import data_pointer
from chainrule.engine.simd.intrinsics import intrinsic
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter
from chainrule.engine.threads.work_sharing import share
from chainrule.graph import Node
from chainrule.program import Instruction, View
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.index_arrays import INDEX, converted
from chainrule.program.lowering.rules import lowers

__all__ = ["RECORD"]

DTYPES = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8")
"""The dtypes of operands and results, which a row names by their index."""

I1, I2, I4, I8, U1, U2, U4, U8, F4, F8 = range(len(DTYPES))

TYPES = (*(ir.IntType(bits) for bits in (8, 16, 32, 64) * 2), ir.FloatType(), ir.DoubleType())
"""The same for LLVM, where integers have no sign."""

TO_FLOATS = len(DTYPES)
"""In place of the index of a dtype, the program's floats."""


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
    return converted(ctx, node, x, target)


def _has_loop(source: np.dtype[Any], target: np.dtype[Any], floats: np.dtype[Any]) -> bool:
    """Whether the kernel has a loop for this pair of dtypes, in a program of `floats`."""
    if source.str[1:] not in DTYPES:
        return False
    if target == INDEX:
        return source.kind in "iu" or source == floats
    return target == floats or (source == floats and target.str[1:] in ("f4", "f8"))


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    (x,), (out,) = instruction.inputs, instruction.outputs
    source, target = (DTYPES.index(view.buffer.dtype.str[1:]) for view in (x, out))
    if out.buffer.dtype == encoding.dtype:
        target = TO_FLOATS
    return {"x": x.start, "out": out.start, "count": out.size, "from": source, "to": target}


@intrinsic
def _convert(
    typing: Any, A: Any, integers: Any, x: Any, out: Any, count: Any, source: Any, target: Any
) -> Any:
    """Convert one or more numbers, stored from x on, to those from `out` on.

    The loops are emitted, since compiling a kernel for each pair of dtypes takes seconds.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        A, integers, x, out, count, source, target = arguments
        emit = VectorEmitter.for_array(context, builder, signature.args[0], A)
        memory = data_pointer(context, builder, signature.args[1], integers)
        own = TYPES.index(emit.element_type)
        after = builder.append_basic_block()
        pair = builder.add(builder.mul(target, INT64(len(TYPES))), source)
        switch = builder.switch(pair, after)
        for to in (own, I8, F4 + F8 - own):
            named = TO_FLOATS if to == own else to
            for number in _sources(to, own):
                case = builder.append_basic_block()
                switch.add_case(INT64(named * len(TYPES) + number), case)
                builder.position_at_end(case)
                sources, results = (
                    builder.gep(builder.bitcast(memory, TYPES[kind].as_pointer()), [begin])
                    for kind, begin in ((number, x), (to, out))
                )

                def body(i: Any, _: list[Any], kinds: Any = (number, to, sources, results)) -> Any:
                    number, to, sources, results = kinds
                    value = builder.load(builder.gep(sources, [i]))
                    builder.store(_converted_value(builder, value, number, to),
                                  builder.gep(results, [i]))  # fmt: skip
                    return []

                emit.loop(count, [], body)
                builder.branch(after)
        builder.position_at_end(after)
        return context.get_dummy_value()

    numbers = (types.int64,) * 5
    return types.void(A, integers, *numbers), generate


def _sources(target: int, own: int) -> Sequence[int]:
    """What is converted to a dtype, in a program of floats of the dtype `own`."""
    return range(len(TYPES)) if target == own else [*range(F4), own] if target == I8 else [own]


def _converted_value(builder: Any, value: Any, source: int, target: int) -> Any:
    """A number of one of `DTYPES` as one of another."""
    to = TYPES[target]
    if value.type == to:
        return value
    if source >= F4 and target == I8:
        return builder.fptosi(value, to)
    if source >= F4:
        return (builder.fpext if source == F4 else builder.fptrunc)(value, to)
    signed = source < U1
    if target == I8:
        return (builder.sext if signed else builder.zext)(value, to)
    return (builder.sitofp if signed else builder.uitofp)(value, to)


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    first, last = share(row[2], 16, rank, ranks)
    if first < last:
        _convert(A, integers, row[0] + first, row[1] + first, last - first, row[3], row[4])


RECORD = InstructionRecord(
    ops=("astype",),
    fields=("x", "out", "count", "from", "to"),
    encode=_encode,
    kernel=_run,
)
