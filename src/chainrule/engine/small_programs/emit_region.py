"""Emits a region of a program as one LLVM function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter
from chainrule.engine.small_programs.emit_elementwise import OPERATIONS, emit_elementwise
from chainrule.engine.small_programs.emit_log_loss import emit_log_loss
from chainrule.engine.small_programs.emit_matrix_products import emit_product, emit_transpose
from chainrule.engine.small_programs.emit_sums import emit_column_sums, emit_row_sums, emit_total
from chainrule.engine.small_programs.matrix_layout import MatrixLayout
from chainrule.engine.small_programs.operand_shapes import has_gaps
from chainrule.program import Instruction
from chainrule.program.epilogue import epilogue_of

__all__ = ["emit_region", "is_supported"]

MAX_CLASSES = 32
"""The most classes of a log loss that is emitted: it holds a vector for each of them at once."""


def is_supported(instruction: Instruction) -> bool:
    """Whether an instruction can be emitted."""
    if has_gaps(instruction):
        return False
    match instruction.op:
        case "gemm":
            return True
        case "log_loss":
            return instruction.inputs[0].shape[1] <= MAX_CLASSES
        case "sum" | "mean":
            return instruction.inputs[0].shape[0] == 1
        case "fused":
            return all(one.op in OPERATIONS and not one.kernel for one in instruction.micro)
        case _:
            return False


def emit_region(
    module: Any,
    name: str,
    element_type: Any,
    instructions: Sequence[Instruction],
    layout: MatrixLayout,
) -> None:
    """Emit a function of the two arenas, of floats and of integers, that runs the instructions."""
    arguments = [element_type.as_pointer(), INT64.as_pointer()]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), arguments), name)
    for argument in function.args:
        argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block())
    integers = VectorEmitter(builder, function.args[1])
    floats = VectorEmitter(builder, function.args[0], addresses=integers.base)
    for instruction in instructions:
        _emit_instruction(floats, integers, instruction, layout)
    builder.ret_void()


def _emit_instruction(
    floats: VectorEmitter, integers: VectorEmitter, instruction: Instruction, layout: MatrixLayout
) -> None:
    matrices = layout.matrices(instruction)
    out = matrices[instruction.outputs[0]]
    match instruction.op:
        case "gemm":
            left, (right, right_column_major) = layout.factors(instruction)
            if right_column_major:
                transposed = layout.transposed_factor(instruction)
                emit_transpose(floats, right, transposed)
                right = transposed
            epilogue = epilogue_of(instruction)
            bias, gate = (matrices[v] if v else None for v in (epilogue.bias, epilogue.gate))
            emit_product(floats, left, right, out, bias=bias, relu=epilogue.relu, gate=gate)
        case "log_loss":
            (x, labels), (_, excess) = instruction.inputs, instruction.outputs
            emit_log_loss(
                floats, integers, layout.stored(instruction, x), labels.start, out,
                layout.stored(instruction, excess),
            )  # fmt: skip
        case "sum" | "mean":
            _, length, inner = instruction.inputs[0].shape
            factor = 1.0 / length if instruction.op == "mean" else 1.0
            x, column_major = layout.stored(instruction, instruction.inputs[0])
            emit_column_or_row_sums = emit_row_sums if column_major else emit_column_sums
            emit_sum = emit_total if inner == 1 else emit_column_or_row_sums
            emit_sum(floats, x, out, factor)
        case _:
            emit_elementwise(floats, instruction.micro, matrices, out.rows, out.columns)
