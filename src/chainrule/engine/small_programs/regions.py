"""Which stretches of which programs become machine code of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import final

from llvmlite import ir

from chainrule.engine.jit.machine_code import MachineCode
from chainrule.engine.small_programs.layout import Layout
from chainrule.engine.small_programs.writer import supported, written
from chainrule.engine.threads.cost_model import estimated_nanoseconds
from chainrule.program import Buffer, Instruction, Program, View
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
    """Stretches of a program that are machine code.

    floats     how long its arena is then
    addresses  where in the arena of integers they expect those of the batch's rows, or −1
    """

    stretches: tuple[Stretch, ...]
    floats: int
    addresses: int
    code: MachineCode


def native(program: Program, batch: View | None = None) -> Native | None:
    """What of a program is worth its compilation; the room it needs lies behind the arena.

    Rows of the `batch` are then read where they lie, if nothing but products reads them.
    """
    instructions = program.instructions
    calls = any(instruction.op == "call" for instruction in instructions)
    operations = sum(max(1, len(instruction.micro)) for instruction in instructions)
    if calls or operations > MOST or sum(map(estimated_nanoseconds, instructions)) > LONGEST:
        return None
    parts = groupby(range(len(instructions)), lambda i: supported(instructions[i]))
    runs = [list(places) for fine, places in parts if fine]
    if not runs:
        return None
    size = program.dtype.itemsize
    number = ir.FloatType() if size == 4 else ir.DoubleType()
    module, end = ir.Module(), program.floats
    scattered = {batch.buffer: program.ints} if batch and _in_products(instructions, batch) else {}
    for run in runs:
        some = [instructions[i] for i in run]
        layout = Layout(some, _private(program, set(run)), aligned(program.floats), size, scattered)
        written(module, f"stretch{run[0]}", number, some, layout)
        end = max(end, layout.end)
    code = MachineCode(module)
    stretches = (Stretch(run[0], run[-1] + 1, code.address(f"stretch{run[0]}")) for run in runs)
    return Native(tuple(stretches), end, max(scattered.values(), default=-1), code)


def _in_products(instructions: Sequence[Instruction], batch: View) -> bool:
    """Whether a batch is read as a factor of products only, and by rows."""
    reads = [(i, view) for i in instructions for view in i.inputs if view.buffer is batch.buffer]
    shapes = {view.shape if view.contiguous else view.shape[::-1] for _, view in reads}
    factors = all(i.op == "gemm" and view in i.inputs[:2] for i, view in reads)
    return factors and shapes == {batch.shape} and min(batch.shape) > 1


def _private(program: Program, run: set[int]) -> set[Buffer]:
    """The temporaries that no other instruction sees."""
    seen: dict[Buffer, bool] = {}
    for i, instruction in enumerate(program.instructions):
        for buffer in _buffers(instruction):
            seen[buffer] = seen.get(buffer, True) and i in run
    return {b for b, only in seen.items() if only and b.group == "temporary" and b.kind == "float"}


def _buffers(instruction: Instruction) -> list[Buffer]:
    return [view.buffer for view in (*instruction.inputs, *instruction.outputs)]
