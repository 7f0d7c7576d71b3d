"""Which stretches of which programs become machine code of their own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import final

from llvmlite import ir

from chainrule.engine.native.layout import Layout
from chainrule.engine.native.machine_code import MachineCode
from chainrule.engine.native.writing import supported, written
from chainrule.engine.teamwork import nanoseconds
from chainrule.program import Buffer, Instruction, Program
from chainrule.program.memory import aligned

__all__ = ["Native", "native"]

LONGEST = 10_000
"""Nanoseconds of work from which on the machine's own time no longer counts."""

MOST = 48
"""Operations that are compiled at once: each takes some milliseconds."""


@final
@dataclass(frozen=True)
class Stretch:
    """Instructions `first` to `last`, run by calling what lies at `address`."""

    first: int
    last: int
    address: int


@final
@dataclass(frozen=True, eq=False)
class Native:
    """Stretches of a program that are machine code; `floats` is how long its arena is then."""

    stretches: tuple[Stretch, ...]
    floats: int
    code: MachineCode


def native(program: Program) -> Native | None:
    """What of a program is worth its compilation; the room it needs lies behind the arena."""
    instructions = program.instructions
    calls = any(instruction.op == "call" for instruction in instructions)
    operations = sum(max(1, len(instruction.micro)) for instruction in instructions)
    if calls or operations > MOST or sum(map(nanoseconds, instructions)) > LONGEST:
        return None
    parts = groupby(range(len(instructions)), lambda i: supported(instructions[i]))
    runs = [list(places) for fine, places in parts if fine]
    if not runs:
        return None
    size = program.dtype.itemsize
    number = ir.FloatType() if size == 4 else ir.DoubleType()
    module, end = ir.Module(), program.floats
    for run in runs:
        some = [instructions[i] for i in run]
        layout = Layout(some, _private(program, set(run)), aligned(program.floats), size)
        written(module, f"stretch{run[0]}", number, some, layout)
        end = max(end, layout.end)
    code = MachineCode(module)
    stretches = (Stretch(run[0], run[-1] + 1, code.address(f"stretch{run[0]}")) for run in runs)
    return Native(tuple(stretches), end, code)


def _private(program: Program, run: set[int]) -> set[Buffer]:
    """The temporaries that no other instruction sees."""
    seen: dict[Buffer, bool] = {}
    for i, instruction in enumerate(program.instructions):
        for buffer in _buffers(instruction):
            seen[buffer] = seen.get(buffer, True) and i in run
    return {b for b, only in seen.items() if only and b.group == "temporary" and b.kind == "float"}


def _buffers(instruction: Instruction) -> list[Buffer]:
    return [view.buffer for view in (*instruction.inputs, *instruction.outputs)]
