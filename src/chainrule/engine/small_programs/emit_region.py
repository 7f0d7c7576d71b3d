"""Emits a region of a program as one LLVM function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from chainrule.engine.instructions.registry import record_of, writer_of
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter
from chainrule.engine.small_programs.matrix_layout import MatrixLayout
from chainrule.program import Instruction

__all__ = ["emit_region", "is_supported"]


def is_supported(instruction: Instruction) -> bool:
    """Whether an instruction can be emitted."""
    writer = record_of(instruction.op).native
    return writer is not None and writer.supports(instruction)


def emit_region(
    module: Any,
    name: str,
    element_type: Any,
    instructions: Sequence[Instruction],
    layout: MatrixLayout,
) -> None:
    """Emit a function of the arena, that runs the instructions.

    Its one argument points to floats, and from it the pointer to integers is derived.  So LLVM does
    not take a float that is written, and an integer that is read, to be in different places: where
    a buffer is no longer needed, its bytes may be reused for numbers of another dtype.
    """
    function_type = ir.FunctionType(ir.VoidType(), [element_type.as_pointer()])
    function = ir.Function(module, function_type, name)
    function.args[0].add_attribute("noalias")  # with rows that are read elsewhere
    builder = ir.IRBuilder(function.append_basic_block())
    integers = VectorEmitter(builder, builder.bitcast(function.args[0], INT64.as_pointer()))
    floats = VectorEmitter(builder, function.args[0], addresses=integers.base)
    for instruction in instructions:
        writer_of(instruction).emit(floats, integers, instruction, layout)
    builder.ret_void()
