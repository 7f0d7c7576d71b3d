"""Runs an instruction by the reference values of its primitives, on arrays in the arena."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.interpreter.arena import Arena
from chainrule.graph import Array, Spec
from chainrule.program import Instruction, Register, View

__all__ = ["array_of", "call_by_reference"]


def call_by_reference(instruction: Instruction, arena: Arena) -> None:
    """Run a "call", or elementwise operations one after the other, with NumPy."""
    with np.errstate(all="ignore"):
        if instruction.op == "call":
            _call(instruction, arena)
        elif instruction.op == "elementwise":
            operands = [array_of(view, arena) for view in instruction.inputs]
            result = instruction.attributes["operation"](*operands)
            _store(result, instruction.outputs[0], arena)
        else:
            _run_micro_operations(instruction, arena)


def _call(instruction: Instruction, arena: Arena) -> None:
    primitive, count = instruction.primitive, len(instruction.inputs)
    assert primitive is not None
    dtypes = instruction.attributes["dtypes"]
    operands = [
        array_of(view, arena).astype(dtype, copy=False)
        for view, dtype in zip(instruction.inputs, dtypes, strict=False)
    ]
    specs = [
        Spec(view.shape, dtype)
        for view, dtype in zip(instruction.outputs, dtypes[count:], strict=True)
    ]
    values = primitive.values(specs, operands, instruction.attributes["parameters"])
    for view, value in zip(instruction.outputs, values, strict=True):
        _store(value, view, arena)


def _run_micro_operations(instruction: Instruction, arena: Arena) -> None:
    registers: dict[Register, Array] = {}
    for micro in instruction.micro:
        operands = [
            registers[operand].reshape(micro.shape)
            if isinstance(operand, Register)
            else array_of(operand, arena)
            for operand in micro.inputs
        ]
        value = np.asarray(micro.operation(*operands), arena.floats.dtype)
        if isinstance(micro.out, Register):
            registers[micro.out] = value
        else:
            _store(value, micro.out, arena)


def _store(value: Any, view: View, arena: Arena) -> None:
    array_of(view, arena, writeable=True)[...] = np.reshape(value, view.shape)


def array_of(view: View, arena: Arena, *, writeable: bool = False) -> Array:
    """The array of a view, read-only unless `writeable`."""
    flat = arena.entries(view.buffer)[view.offset :]
    strides = [stride * flat.itemsize for stride in view.strides]
    return np.lib.stride_tricks.as_strided(flat, view.shape, strides, writeable=writeable)
