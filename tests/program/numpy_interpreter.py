"""Runs instructions with NumPy, each buffer in memory of its own: what a program means.

A kernel computes a fused instruction tile by tile, in tiles of any size.  Here a tile is one entry,
or everything: what depends on the size is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.program import Buffer, Instruction, Register, View
from chainrule.program.epilogue import epilogue_of
from program.strided import entries

Memory = dict[Buffer, np.ndarray]


def run(
    instructions: Sequence[Instruction], given: Memory, *, by_entry: bool = False, step: int = -1
) -> Memory:
    """The memory after some instructions; buffers that are not `given` begin as NaN.

    `step` is that of the loop around them.
    """
    memory = {buffer: values.copy() for buffer, values in given.items()}
    for one in instructions:
        for view in (*one.inputs, *one.outputs):
            memory.setdefault(view.buffer, np.full(view.buffer.size, np.nan))
        if one.begun_loop is not None:
            memory = run(one.begun_loop.enter, memory, by_entry=by_entry)
            for time in one.begun_loop.times:
                memory = run(one.begun_loop.body, memory, by_entry=by_entry, step=time)
        else:
            _run(one, memory, by_entry=by_entry, step=step)
    return memory


def _run(one: Instruction, memory: Memory, *, by_entry: bool, step: int) -> None:
    def read(view: View) -> np.ndarray:
        return entries(view, memory[view.buffer]).copy()

    def write(view: View, value: np.ndarray) -> None:
        entries(view, memory[view.buffer])[...] = value

    inputs, (out, *_) = one.inputs, one.outputs
    match one.op:
        case "elementwise" | "copy_integers":
            write(out, one.attributes["operation"](*map(read, inputs)))
        case "fused":
            _run_fused(one, memory, by_entry=by_entry)
        case "gemm":
            epilogue, value = epilogue_of(one), read(inputs[0]) @ read(inputs[1])
            if epilogue.bias is not None:
                bias = read(epilogue.bias)
                value = value + bias.reshape(bias.shape[-1] if len(value) > 1 else value.shape)
            value = np.maximum(value, 0.0) if epilogue.relu else value
            if epilogue.gate is not None:
                value = np.where(read(epilogue.gate).reshape(value.shape) > 0, value, 0.0)
            write(out, value)
        case "call":
            assert one.primitive is not None
            write(out, one.primitive.value(*map(read, inputs), **one.attributes["parameters"]))
        case "carry":
            write(out, read(inputs[0]))
        case "load_step":
            write(out, read(inputs[0])[step])
        case "store_step":
            write(out.at(step), read(inputs[0]))
        case _:
            raise NotImplementedError(one.op)


def _run_fused(one: Instruction, memory: Memory, *, by_entry: bool) -> None:
    size = one.attributes["rows"] * one.attributes["columns"]
    places = {
        view: entries(view, np.arange(view.buffer.size)).reshape(-1)
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
