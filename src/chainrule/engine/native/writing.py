"""Stretches of a program as functions in the compiler's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from chainrule.engine.native.elementwise import OPERATIONS
from chainrule.engine.native.layout import Layout
from chainrule.engine.native.losses import log_loss
from chainrule.engine.native.matrices import Index, Matrix, lanes_for, over
from chainrule.engine.numbers import Number
from chainrule.engine.native.products import product, turned
from chainrule.engine.native.sums import column_sums, total
from chainrule.engine.vectors import SIZE, Writer
from chainrule.program import Instruction, Register, View
from chainrule.program.absorb import Finish

__all__ = ["supported", "write"]


def supported(instruction: Instruction) -> bool:
    """Whether it can be written."""
    match instruction.op:
        case "gemm":
            return True
        case "log_loss":
            return instruction.inputs[0].shape[1] <= 32
        case "sum" | "mean":
            outer, length, inner = instruction.inputs[0].shape
            return outer == 1
        case "fused":
            return all(m.op in OPERATIONS and not m.kernel for m in instruction.micro)
        case _:
            return False


def write(module: Any, name: str, number: Any, instructions: Sequence[Instruction], layout: Layout) -> None:
    """A function of the arenas that does what the instructions do."""
    kind = ir.FunctionType(ir.VoidType(), [number.as_pointer(), SIZE.as_pointer()])
    function = ir.Function(module, kind, name)
    for argument in function.args:
        argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block())
    floats, integers = (Writer(builder, argument) for argument in function.args)
    for instruction in instructions:
        matrices = layout.matrices(instruction)
        match instruction.op:
            case "gemm":
                _product(floats, instruction, matrices, layout)
            case "log_loss":
                x, labels = instruction.inputs
                losses, excess = (matrices[v] for v in instruction.outputs)
                log_loss(floats, integers, matrices[x], labels.buffer.offset, losses, excess)
            case "sum" | "mean":
                _sum(floats, instruction, matrices)
            case _:
                _elementwise(floats, instruction, matrices)
    builder.ret_void()


def _product(write: Writer, instruction: Instruction, matrices: dict[View, Matrix], layout: Layout) -> None:
    left, right = instruction.inputs[:2]
    finish = instruction.attributes.get("finish", Finish())
    b = matrices[right]
    if not right.contiguous:
        into = layout.turned(instruction)
        turned(write, b, into)
        b = into
    bias, gate = (None if v is None else matrices[v] for v in (finish.bias, finish.gate))
    product(write, matrices[left], not left.contiguous, b, matrices[instruction.outputs[0]],
            bias, finish.relu, gate)


def _sum(write: Writer, instruction: Instruction, matrices: dict[View, Matrix]) -> None:
    x, out = instruction.inputs[0], instruction.outputs[0]
    _, length, inner = x.shape
    share = 1.0 / length if instruction.op == "mean" else 1.0
    (total if inner == 1 else column_sums)(write, matrices[x], matrices[out], share)


def _elementwise(write: Writer, instruction: Instruction, matrices: dict[View, Matrix]) -> None:
    whole = max(matrices.values(), key=lambda m: m.rows * m.columns)
    rows, columns = whole.rows, whole.columns
    lanes = lanes_for(columns, write.align)
    write = write.narrowed(lanes)
    builder = write.builder

    def read(matrix: Matrix, i: Index, j: Index) -> Number:
        i = Index(0) if matrix.rows == 1 else i
        if matrix.columns == 1 and columns > 1:
            return Number(builder, matrix.entry(write, i, Index(0)))
        return Number(builder, matrix.load(write, i, j))

    def piece(i: Index, j: Index) -> None:
        registers: dict[int, Number] = {}
        for micro in instruction.micro:
            operands = [
                registers[v.number] if isinstance(v, Register) else read(matrices[v], i, j)
                for v in micro.inputs
            ]
            made = OPERATIONS[micro.op](*operands)
            if isinstance(micro.out, Register):
                registers[micro.out.number] = made
            else:
                matrices[micro.out].store(write, made.value, i, j)

    def row(i: Index, _: int) -> None:
        over(write, columns, lanes, lambda j, _: piece(i, j), unrolled=columns <= 4 * lanes)

    over(write, rows, 1, row, unrolled=rows <= 8)
