"""Replaces the operands of an instruction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chainrule.program.epilogue import epilogue_of
from chainrule.program.instruction import Instruction, MicroOp, Register
from chainrule.program.view import View

__all__ = ["replace_operands"]


def replace_operands(instruction: Instruction, new: Callable[[View], View]) -> None:
    """Have an instruction access `new(view)` in place of each view."""

    def operand(one: Register | View) -> Register | View:
        return one if isinstance(one, Register) else new(one)

    if "epilogue" in instruction.attributes:
        epilogue = epilogue_of(instruction)
        parts = (epilogue.bias, epilogue.gate, epilogue.addend)
        bias, gate, addend = (one and new(one) for one in parts)
        changed = replace(epilogue, bias=bias, gate=gate, addend=addend)
        instruction.attributes = {**instruction.attributes, "epilogue": changed}
    instruction.inputs = tuple(map(new, instruction.inputs))
    instruction.outputs = tuple(map(new, instruction.outputs))
    instruction.micro = tuple(
        MicroOp(one.operation, operand(one.out), tuple(map(operand, one.inputs)), one.shape)
        for one in instruction.micro
    )
