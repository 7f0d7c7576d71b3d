"""Encoding of programs as the tables of numbers that the interpreter reads."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any, final

import numpy as np

from chainrule.engine.instructions import COMMON_FIELDS, OPCODES, RECORDS, record_of
from chainrule.engine.instructions.record import KEPT, SCRATCH_DISTANCE
from chainrule.engine.instructions.registry import by_rows, nanoseconds, shared
from chainrule.engine.interpreter.kernel_addresses import resolve_kernels
from chainrule.engine.interpreter.program_encoding import MICRO_WIDTH, ProgramEncoding
from chainrule.engine.kernels.elementwise_loops import Loop, can_run, loop_addresses
from chainrule.engine.small_programs import CompiledRegions, compile_regions
from chainrule.engine.threads.schedule import MEASURED, Tuning, schedule
from chainrule.graph import Array
from chainrule.program import Instruction, Program, View, flattened
from chainrule.program.memory import aligned

__all__ = ["WIDTH", "EncodedProgram", "encode", "resolve_loops"]

INTEGER = 8
"""Bytes of the integers that kernels index with."""

WIDTH = len(COMMON_FIELDS) + max(len(record.fields) for record in RECORDS)
"""Columns of the table of instructions."""


@final
@dataclass(frozen=True, eq=False)
class EncodedProgram:
    """A program as tables of numbers.

    table     (rows, WIDTH) one row for each instruction or native region: the number of its record,
              how threads share it, and the record's fields
    single    (instructions, WIDTH) the same without native regions, and without the addresses of
              kernels; instructions that are called have no row in either table
    micro     (operations, MICRO_WIDTH) the micro-operations of fused and strided instructions
    params    the parameters of all instructions
    loops     the loops of the micro-operations, if their addresses are not yet in `micro`: native
              regions do not need them
    segments  (first, last, call) ranges of the table, each with the instruction that follows it and
              runs by its reference value
    size      length of the arena in bytes, with counters of loops and scratch memory
    addresses where the addresses of a batch's rows are among the integers, if these are read in
              place; or −1
    ranks     how many threads run it together
    native    the machine code that native rows call

    A loop has a row for each instruction of its body, one before them and one behind.
    """

    table: Array
    single: Array
    micro: Array
    params: Array
    loops: tuple[Loop, ...]
    segments: tuple[tuple[int, int, Instruction | None], ...]
    size: int
    addresses: int = -1
    ranks: int = 1
    native: CompiledRegions | None = None


def encode(
    program: Program,
    ranks: int = 1,
    *,
    often: bool = False,
    batch: View | None = None,
    tuning: Tuning = MEASURED,
) -> EncodedProgram:
    """Encode a program for at most `ranks` threads.

    Fewer threads are used if that is faster.  Each has scratch memory of its own, which is added at
    the end of the arena, behind row addresses and the counters of loops.  A small program that runs
    `often` is compiled to machine code for one thread, whatever `ranks` is: no digit depends on the
    number of threads.  The rows of a `batch` may then be read in place instead of being copied.
    `tuning` says what threads cost.
    """
    # native regions may want the addresses of the rows
    end = program.size + (aligned(INTEGER * batch.shape[0]) if batch and often else 0)
    encoding = ProgramEncoding(program, ranks, end)
    called = [i.op == "call" or not can_run(i, program.dtype) for i in program.instructions]
    machine_code = None
    if often and not any(called):
        machine_code = compile_regions(program, encoding.scratch_begin, batch)
    ranks = 1 if machine_code else ranks
    plan = schedule(program.instructions, ranks, nanoseconds, shared, by_rows, tuning)
    flags = zip(plan.barrier, plan.single, strict=True)
    rows: list[list[list[int]]] = []  # of each instruction
    segments: list[tuple[int, int, Instruction | None]] = []
    first = at = 0
    for instruction, call in zip(program.instructions, called, strict=True):
        rows.append([])
        for one, (barrier, single) in zip(flattened([instruction]), flags, strict=False):
            if not call:
                fields = record_of(one.op).row(one, encoding)
                rows[-1].append([OPCODES[one.op], 0, int(barrier), int(single), *fields])
        at += len(rows[-1])
        if call:
            segments.append((first, at, instruction))
            first = at
    table = list(chain.from_iterable(rows))
    item = program.dtype.itemsize
    kept = aligned(encoding.scratch_numbers * item)
    scratch = kept + encoding.kept_numbers * item
    for row in table:
        record = RECORDS[row[0]]
        if SCRATCH_DISTANCE in record.fields:
            row[record.column(SCRATCH_DISTANCE)] = scratch // item
        if KEPT in record.fields and row[record.column(KEPT)] >= 0:
            row[record.column(KEPT)] += (encoding.scratch_begin + kept) // item
    without_native = _matrix(table, WIDTH)
    size, addresses = encoding.scratch_begin + plan.ranks * scratch, -1
    if machine_code:
        table, size = _with_native_rows(rows, machine_code), max(size, machine_code.end)
        addresses = machine_code.row_addresses
    segments.append((first, len(table), None))
    encoded = EncodedProgram(
        table=_matrix(table, WIDTH),
        single=without_native,
        micro=_matrix(encoding.micro, MICRO_WIDTH),
        params=np.array([*encoding.numbers, 0.0], np.float64),
        loops=tuple(encoding.loops),
        segments=tuple(segments),
        size=size,
        addresses=addresses,
        ranks=plan.ranks,
        native=machine_code,
    )
    resolve_kernels(encoded.table, program.dtype)
    if any(opcode in (OPCODES["fused"], OPCODES["elementwise"]) for opcode, *_ in table):
        resolve_loops(encoded, program.dtype)
    return encoded


def resolve_loops(encoded: EncodedProgram, dtype: np.dtype[Any]) -> None:
    """Write the addresses of the loops to the table of micro-operations."""
    addresses = loop_addresses(encoded.loops, dtype)
    encoded.micro[:, 0] = [addresses[loop] for loop in encoded.loops]


def _with_native_rows(
    rows: list[list[list[int]]], machine_code: CompiledRegions
) -> list[list[int]]:
    """The table with one row for each range of instructions that is machine code."""
    table: list[list[int]] = []
    done = 0
    for region in machine_code.regions:
        table += chain.from_iterable(rows[done : region.first])
        table.append([OPCODES["native"], 0, 0, 0, region.address])
        done = region.end
    return [*table, *chain.from_iterable(rows[done:])]


def _matrix(rows: list[list[int]], width: int) -> Array:
    matrix = np.zeros((len(rows), width), np.int64)
    for i, row in enumerate(rows):
        matrix[i, : len(row)] = row
    return matrix
