"""The records of all instructions."""

from __future__ import annotations

from collections.abc import Collection

from chainrule.engine.emission.native_writer import NativeWriter
from chainrule.engine.instructions import (
    astype,
    attention,
    attention_pullback,
    convolution,
    copy_items,
    cumsum,
    fused,
    gather_rows,
    log_loss,
    loop,
    matrix_product,
    matrix_product_stack,
    native_region,
    one_hot,
    reductions,
    softmax,
    standardize,
    strided,
    uniform,
    window_max,
)
from chainrule.engine.instructions.record import InstructionRecord, memory_bound
from chainrule.program import Instruction

__all__ = ["OPCODES", "RECORDS", "by_rows", "nanoseconds", "record_of", "shared", "writer_of"]

RECORDS: tuple[InstructionRecord, ...] = (
    fused.RECORD,
    matrix_product.RECORD,
    reductions.RECORD,
    softmax.RECORD,
    one_hot.RECORD,
    uniform.RECORD,
    log_loss.RECORD,
    standardize.RECORD,
    cumsum.RECORD,
    astype.RECORD,
    gather_rows.GATHER,
    gather_rows.ADD,
    strided.RECORD,
    matrix_product_stack.RECORD,
    copy_items.RECORD,
    convolution.FORWARD,
    convolution.OF_INPUT,
    convolution.OF_WEIGHT,
    window_max.FORWARD,
    window_max.GRADIENT,
    native_region.RECORD,
    attention.RECORD,
    attention_pullback.RECORD,
    loop.BEGIN,
    loop.END,
    loop.COPY,
)

OPCODES = {op: number for number, record in enumerate(RECORDS) for op in record.ops}
"""By the opcode of a program's instruction, the number of the record that runs it."""


def record_of(op: str) -> InstructionRecord:
    """The record that runs the instructions with this opcode."""
    return RECORDS[OPCODES[op]]


def writer_of(instruction: Instruction) -> NativeWriter:
    """The writer of native code of an instruction that has one."""
    writer = record_of(instruction.op).native
    assert writer is not None, f"{instruction.op} has no native code"
    return writer


def nanoseconds(instruction: Instruction) -> float:
    """Nanoseconds that one thread takes, roughly."""
    if instruction.op not in OPCODES:  # a call
        return memory_bound(instruction)
    return record_of(instruction.op).nanoseconds(instruction)


def by_rows(instruction: Instruction) -> Collection[int]:
    """The places of the inputs of which a thread reads only its rows; see `by_rows` of records."""
    return record_of(instruction.op).by_rows(instruction) if instruction.op in OPCODES else ()


def shared(instruction: Instruction) -> bool:
    """Whether several threads may each do a part of an instruction."""
    return instruction.op in OPCODES and record_of(instruction.op).shared
