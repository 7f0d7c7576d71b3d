"""Encoding of programs as the tables of numbers that the interpreter reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.engine.interpreter.instruction_encoder import SCRATCH_COLUMN, InstructionEncoder
from chainrule.engine.opcodes import BARRIER, OPCODES, SINGLE
from chainrule.engine.small_programs import CompiledRegions, compile_regions
from chainrule.engine.threads.schedule import schedule
from chainrule.graph import Array
from chainrule.program import Instruction, Program, View
from chainrule.program.memory import aligned
from chainrule.program.view import MAX_AXES

__all__ = ["EncodedProgram", "encode"]

WIDTH, MICRO_WIDTH = SINGLE + 1, 2 + 4 * (1 + MAX_AXES)
"""Columns of the table of instructions, and of that of micro-operations."""


@final
@dataclass(frozen=True, eq=False)
class EncodedProgram:
    """A program as tables of numbers.

    table     (rows, 28) one row for each instruction or native region: opcode, operands, and how
              threads share it
    single    (instructions, 28) the same without native regions; instructions that call a reference
              value have no row in either table
    micro     (operations, 30) the micro-operations of fused and strided instructions
    params    (operations,) their parameters; parameters of other instructions have an empty
              micro-operation
    segments  (first, last, call) ranges of the table, each with the call that follows it
    floats    length of the arena of floats, scratch memory included
    ints      length of the arena of integers
    addresses offset of the addresses of a batch's rows, if these are read in place; or −1
    ranks     how many threads run it together
    native    the machine code that native rows call
    """

    table: Array
    single: Array
    micro: Array
    params: Array
    segments: tuple[tuple[int, int, Instruction | None], ...]
    floats: int
    ints: int
    addresses: int = -1
    ranks: int = 1
    native: CompiledRegions | None = None


def encode(
    program: Program, ranks: int = 1, *, often: bool = False, batch: View | None = None
) -> EncodedProgram:
    """Encode a program for at most `ranks` threads.

    Fewer threads are used if that is faster.  Each has scratch memory of its own, which is added at
    the end of the arena.  A small program that runs `often` is compiled to machine code for one
    thread, whatever `ranks` is: no digit depends on the number of threads.  The rows of a `batch`
    may then be read in place instead of being copied.
    """
    encoder = InstructionEncoder(program)
    machine_code = compile_regions(program, batch) if often else None
    plan = schedule(program.instructions, 1 if machine_code else ranks)
    table: list[list[int]] = []
    segments: list[tuple[int, int, Instruction | None]] = []
    first = 0
    for instruction, barrier, single in zip(
        program.instructions, plan.barrier, plan.single, strict=True
    ):
        if instruction.op == "call":
            segments.append((first, len(table), instruction))
            first = len(table)
        else:
            row = encoder.row(instruction)
            row += [0] * (BARRIER - len(row)) + [int(barrier), int(single)]
            table.append(row)
    scratch = aligned(encoder.scratch)
    for row in table:
        if row[0] in SCRATCH_COLUMN:
            row[SCRATCH_COLUMN[row[0]]] = scratch
    without_native = _matrix(table, WIDTH)
    floats = program.floats + plan.ranks * scratch
    ints, addresses = program.ints, -1
    if machine_code:
        table, floats = _with_native_rows(table, machine_code), max(floats, machine_code.floats)
        addresses = machine_code.row_addresses
    if batch and addresses >= 0:
        ints = addresses + batch.shape[0]
    segments.append((first, len(table), None))
    return EncodedProgram(
        table=_matrix(table, WIDTH),
        single=without_native,
        micro=_matrix(encoder.micro, MICRO_WIDTH),
        params=np.array(encoder.params, np.float64),
        segments=tuple(segments),
        floats=floats,
        ints=ints,
        addresses=addresses,
        ranks=plan.ranks,
        native=machine_code,
    )


def _with_native_rows(table: list[list[int]], machine_code: CompiledRegions) -> list[list[int]]:
    """The table with one row for each range of instructions that is machine code."""
    rows: list[list[int]] = []
    done = 0
    for region in machine_code.regions:
        rows += table[done : region.first]
        rows.append([OPCODES["native"], region.address])
        done = region.end
    return rows + table[done:]


def _matrix(rows: list[list[int]], width: int) -> Array:
    matrix = np.zeros((len(rows), width), np.int64)
    for i, row in enumerate(rows):
        matrix[i, : len(row)] = row
    return matrix
