"""The readable listing of a program: opcode, operands, shapes, offsets, the nodes behind."""

from __future__ import annotations

from chainrule.graph.display import writer
from chainrule.program.instruction import Instruction, MicroOp, Register
from chainrule.program.program import Program
from chainrule.program.view import View

__all__ = ["show"]


@writer(Program, "text")
def show(program: Program) -> str:
    """One line an instruction; fused ones list their operations below."""
    names = program.graph.names()
    lines = [f"program {program.dtype}, {program.floats} floats, {program.ints} ints"]
    for place, instruction in enumerate(program.instructions):
        nodes = ", ".join(dict.fromkeys(names[node] for node in instruction.nodes))
        outs = ", ".join(map(_view, instruction.outputs))
        ins = ", ".join(map(_view, instruction.inputs))
        lines.append(f"{place:4d}  {_opcode(instruction)}  {outs} ← {ins}   # {nodes}")
        lines += [f"        {_micro(micro)}" for micro in instruction.micro]
        lines += [f"        {step}" for step in _epilogue(instruction)]
    return "\n".join(lines)


def _opcode(instruction: Instruction) -> str:
    if instruction.op == "call" and instruction.primitive:
        return f"call {instruction.primitive.name}"
    if instruction.op == "fused":
        return f"fused {instruction.attributes['rows']}×{instruction.attributes['columns']}"
    return instruction.op


def _epilogue(instruction: Instruction) -> list[str]:
    """What is done to a product as it is stored."""
    epilogue = instruction.attributes.get("epilogue")
    if epilogue is None:
        return []
    name = instruction.outputs[0].buffer.name
    steps = [f"{name} += {epilogue.bias.buffer.name}"] if epilogue.bias else []
    steps += [f"{name} = relu {name}"] if epilogue.relu else []
    return steps + ([f"{name} = gate {epilogue.gate.buffer.name} {name}"] if epilogue.gate else [])


def _view(view: View | Register) -> str:
    if isinstance(view, Register):
        return f"r{view.number}"
    shape = "×".join(map(str, view.shape)) or "1"
    kind = "" if view.buffer.kind == "float" else "i"
    plain = "" if view.contiguous or not any(view.strides) else "~"
    return f"{view.buffer.name}{plain}[{shape}]@{kind}{view.buffer.offset}"


def _micro(micro: MicroOp) -> str:
    words = [micro.op, *(v.buffer.name if isinstance(v, View) else _view(v) for v in micro.inputs)]
    words += [f"{param:g}" for param in micro.params]
    out = micro.out.buffer.name if isinstance(micro.out, View) else _view(micro.out)
    return f"{out} = {' '.join(words)}"
