"""Runs instructions with NumPy, each buffer in memory of its own: what a program means.

A kernel computes a fused instruction tile by tile, in tiles of any size.  Here a tile is one entry,
or everything: what depends on the size is wrong.  Any other kernel may write before it has read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.program import Buffer, Instruction, Register, View, flattened
from chainrule.program.epilogue import epilogue_of
from program.strided import entries

Memory = dict[Buffer, np.ndarray]


def run(
    instructions: Sequence[Instruction],
    given: Memory,
    *,
    by_entry: bool = False,
    same: Mapping[Buffer, Buffer] | None = None,
) -> Memory:
    """The memory after some instructions; buffers that are not `given` begin as NaN.

    `same` names buffers that share the memory of another one.
    """
    memory = {buffer: values.copy() for buffer, values in given.items()}
    for one in flattened(instructions):
        for view in (*one.inputs, *one.outputs):
            memory.setdefault(view.buffer, np.full(view.buffer.size, np.nan))
    for buffer, other in (same or {}).items():
        memory[buffer] = memory[other]
    _run_all(instructions, memory, by_entry=by_entry)
    return memory


def _run_all(
    instructions: Sequence[Instruction], memory: Memory, *, by_entry: bool, step: int = -1
) -> None:
    """Run instructions, at a step of the loop around them."""
    for one in instructions:
        if one.begun_loop is not None:
            _run_all(one.begun_loop.enter, memory, by_entry=by_entry)
            for time in one.begun_loop.times:
                _run_all(one.begun_loop.body, memory, by_entry=by_entry, step=time)
        else:
            _run(one, memory, by_entry=by_entry, step=step)


def _run(one: Instruction, memory: Memory, *, by_entry: bool, step: int) -> None:
    def read(view: View) -> np.ndarray:
        return entries(view.at_time(step), memory[view.buffer]).copy()

    def write(view: View, value: np.ndarray) -> None:
        entries(view.at_time(step), memory[view.buffer])[...] = value

    if one.op == "fused":
        _run_fused(one, memory, by_entry=by_entry, step=step)
        return
    inputs, (out, *_) = one.inputs, one.outputs
    out = out.at(step) if one.op == "store_step" else out
    if one.op != "elementwise" or out not in inputs:  # or it adds to what is there
        write(out, np.full(out.shape, np.nan))
    match one.op:
        case "elementwise" | "copy_items":
            write(out, one.attributes["operation"](*map(read, inputs)))
        case "gemm":
            epilogue, value = epilogue_of(one), read(inputs[0]) @ read(inputs[1])
            if epilogue.bias is not None:
                bias = read(epilogue.bias)
                one_row = bias.reshape(value.shape) if len(value) == 1 else bias
                value = value + one_row.reshape(-1, value.shape[1])[0]
            if epilogue.addend is not None:
                value = value + read(epilogue.addend).reshape(value.shape)
            value = np.maximum(value, 0.0) if epilogue.relu else value
            if epilogue.gate is not None:
                value = np.where(read(epilogue.gate).reshape(value.shape) > 0, value, 0.0)
            write(out, value)
        case "call":
            assert one.primitive is not None
            write(out, one.primitive.value(*map(read, inputs), **one.attributes["parameters"]))
        case "carry" | "store_step":
            write(out, read(inputs[0]))
        case "load_step":
            write(out, read(inputs[0])[step])
        case _:
            raise NotImplementedError(one.op)


def _run_fused(one: Instruction, memory: Memory, *, by_entry: bool, step: int) -> None:
    size = one.attributes["rows"] * one.attributes["columns"]
    places = {
        view: entries(view.at_time(step), np.arange(view.buffer.size)).reshape(-1)
        for micro in one.micro
        for view in (micro.out, *micro.inputs)
        if isinstance(view, View)
    }
    tiles = [slice(i, i + 1) for i in range(size)] if by_entry else [slice(size)]
    for tile in tiles:
        registers: dict[Register, np.ndarray] = {}
        for micro in one.micro:
            operands = [
                registers[operand]
                if isinstance(operand, Register)
                else memory[operand.buffer][places[operand][tile]]
                for operand in micro.inputs
            ]
            value = micro.operation(*operands)
            if isinstance(micro.out, Register):
                registers[micro.out] = value
            else:
                memory[micro.out.buffer][places[micro.out][tile]] = value
