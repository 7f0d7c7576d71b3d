"""Stretches of a program as functions in the compiler's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from chainrule.engine.simd.vectors import SIZE, Writer
from chainrule.engine.small_programs.elementwise import OPERATIONS, elementwise
from chainrule.engine.small_programs.layout import Layout
from chainrule.engine.small_programs.losses import log_loss
from chainrule.engine.small_programs.matrix_products import product, transpose
from chainrule.engine.small_programs.sums import column_sums, row_sums, total
from chainrule.program import Instruction
from chainrule.program.epilogue import epilogue_of

__all__ = ["supported", "written"]

CLASSES = 32
"""Up to so many are held side by side."""


def supported(instruction: Instruction) -> bool:
    """Whether it can be written."""
    match instruction.op:
        case "gemm":
            return True
        case "log_loss":
            return instruction.inputs[0].shape[1] <= CLASSES
        case "sum" | "mean":
            return instruction.inputs[0].shape[0] == 1
        case "fused":
            return all(one.op in OPERATIONS and not one.kernel for one in instruction.micro)
        case _:
            return False


def written(
    module: Any, name: str, number: Any, instructions: Sequence[Instruction], layout: Layout
) -> None:
    """Write a function of the arenas, of floats and of integers, that runs the instructions."""
    kind = ir.FunctionType(ir.VoidType(), [number.as_pointer(), SIZE.as_pointer()])
    function = ir.Function(module, kind, name)
    for argument in function.args:
        argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block())
    integers = Writer(builder, function.args[1])
    floats = Writer(builder, function.args[0], addresses=integers.base)
    for instruction in instructions:
        _one(floats, integers, instruction, layout)
    builder.ret_void()


def _one(floats: Writer, integers: Writer, instruction: Instruction, layout: Layout) -> None:
    matrices = layout.matrices(instruction)
    out = matrices[instruction.outputs[0]]
    match instruction.op:
        case "gemm":
            (left, transposed), (right, by_columns) = layout.factors(instruction)
            if by_columns:
                lying, right = right, layout.transposed(instruction)
                transpose(floats, lying, right)
            epilogue = epilogue_of(instruction)
            bias, gate = (matrices[v] if v else None for v in (epilogue.bias, epilogue.gate))
            product(
                floats,
                left,
                right,
                out,
                transposed=transposed,
                bias=bias,
                relu=epilogue.relu,
                gate=gate,
            )
        case "log_loss":
            (x, labels), (_, excess) = instruction.inputs, instruction.outputs
            log_loss(
                floats, integers, layout.lying(instruction, x), labels.buffer.offset, out,
                layout.lying(instruction, excess),
            )  # fmt: skip
        case "sum" | "mean":
            _, length, inner = instruction.inputs[0].shape
            share = 1.0 / length if instruction.op == "mean" else 1.0
            x, transposed = layout.lying(instruction, instruction.inputs[0])
            add = total if inner == 1 else row_sums if transposed else column_sums
            add(floats, x, out, share)
        case _:
            elementwise(floats, instruction.micro, matrices, out.rows, out.columns)
