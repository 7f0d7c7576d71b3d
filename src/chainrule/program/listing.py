"""The printed listing of a program: opcodes, operands, shapes, offsets, and the graph's nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.graph import Node
from chainrule.graph.display import writer
from chainrule.program.epilogue import epilogue_of
from chainrule.program.instruction import Instruction, MicroOp, Register
from chainrule.program.program import Program
from chainrule.program.view import View

__all__ = ["NUMPY_RUNS", "listing"]

NUMPY_RUNS: list[Callable[[Instruction, np.dtype[Any]], str]] = []
"""Functions of the engine that say why it runs an instruction by NumPy after all, "" if not."""


@writer(Program, "text")
def listing(program: Program) -> str:
    """The program as text, one line per instruction, followed by its operations if it is fused.

    A call of a reference value says why no instruction of the engine does the same.  Once the
    engine is loaded, other instructions that it must call say so, too.
    An operand is printed as name[shape]@offset, in bytes, with ~ where it is not contiguous, and
    with its dtype where that is not the program's.  The instructions of a loop's body follow it,
    indented; an operand that moves with time t is @offset + t·step.
    """
    names = program.graph.names()
    lines = [
        f"program {program.dtype}, {program.size} bytes; {_calls(program)}",
        *_converted_inputs(program, names),
        *_lines(program.instructions, names, program.dtype),
    ]
    return "\n".join(lines)


def _converted_inputs(program: Program, names: Mapping[Node, str]) -> list[str]:
    """A line for each input of integers that is stored as wider ones, which kernels index with."""
    return [
        f"      {names[node]} is stored as {buffer.dtype}, converted from {node.spec.dtype}"
        for node, buffer in zip(program.graph.inputs, program.inputs, strict=True)
        if buffer.dtype.kind in "iu" and buffer.dtype != node.spec.dtype
    ]


def _lines(
    instructions: Sequence[Instruction], names: Mapping[Node, str], dtype: np.dtype[Any]
) -> list[str]:
    """The lines of some instructions; those of a loop's body are indented."""
    lines: list[str] = []
    for index, instruction in enumerate(instructions):
        nodes = ", ".join(dict.fromkeys(names[node] for node in instruction.nodes))
        outputs = ", ".join(_operand(view, dtype) for view in instruction.outputs)
        inputs = ", ".join(_operand(view, dtype) for view in instruction.inputs)
        called = _numpy_runs(instruction, dtype)
        opcode = "call " * bool(called) + _opcode(instruction)
        lines.append(f"{index:4d}  {opcode}  {outputs} ← {inputs}   # {nodes}")
        details = [_micro_op(micro) for micro in instruction.micro] + _epilogue(instruction)
        if reason := called or instruction.attributes.get("reason"):
            details.append(f"({reason})")
        if (loop := instruction.begun_loop) is not None:
            inner = loop.graph.names()
            details += ["first"] * bool(loop.enter) + _lines(loop.enter, inner, dtype)
            details += ["in each step", *_lines(loop.body, inner, dtype)]
        lines += [f"        {line}" for line in details]
    return lines


def _calls(program: Program) -> str:
    """How many of the instructions are calls."""
    every = program.instructions
    calls = sum(one.op == "call" or bool(_numpy_runs(one, program.dtype)) for one in every)
    return f"{calls} of {len(every)} are calls" if calls else "no calls"


def _numpy_runs(instruction: Instruction, dtype: np.dtype[Any]) -> str:
    """Why an instruction that is no call is run as one by the engine; "" if it is not."""
    if instruction.op == "call":
        return ""
    return next(filter(None, (reason(instruction, dtype) for reason in NUMPY_RUNS)), "")


def _opcode(instruction: Instruction) -> str:
    if instruction.op == "call" and instruction.primitive:
        return f"call {instruction.primitive.name}"
    if instruction.op == "fused":
        return f"fused {instruction.attributes['rows']}×{instruction.attributes['columns']}"
    if (loop := instruction.begun_loop) is not None:
        return f"{instruction.op} {loop.length} steps{' backwards' if loop.reverse else ''}"
    return instruction.op


def _epilogue(instruction: Instruction) -> list[str]:
    """One line for each operation of a product's epilogue."""
    epilogue, out = epilogue_of(instruction), instruction.outputs[0].buffer.name
    lines: list[str] = []
    if epilogue.addend:
        lines.append(f"{out} += {epilogue.addend.buffer.name}")
    if epilogue.bias:
        lines.append(f"{out} += {epilogue.bias.buffer.name}")
    if epilogue.relu:
        lines.append(f"{out} = relu {out}")
    if epilogue.gate:
        lines.append(f"{out} = gate {epilogue.gate.buffer.name} {out}")
    return lines


def _operand(view: View, dtype: np.dtype[Any]) -> str:
    shape = "×".join(str(length) for length in view.shape) or "1"
    own = view.buffer.dtype
    other = "" if own == dtype else f" {own}"
    strided = "" if view.contiguous or not any(view.strides) else "~"
    moves = f" + t·{view.step * own.itemsize}" if view.step else ""
    return f"{view.buffer.name}{strided}{other}[{shape}]@{view.start * own.itemsize}{moves}"


def _micro_op(micro: MicroOp) -> str:
    words = [micro.op, *(_short_name(operand) for operand in micro.inputs)]
    words += [f"{param:g}" for _, param in micro.operation.params]
    return f"{_short_name(micro.out)} = {' '.join(words)}"


def _short_name(operand: Register | View) -> str:
    return f"r{operand.number}" if isinstance(operand, Register) else operand.buffer.name
