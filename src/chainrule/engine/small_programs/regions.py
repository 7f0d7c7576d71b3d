"""Selects the regions of a program that are compiled, and compiles them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import final

from llvmlite import ir

from chainrule.engine.instructions.registry import nanoseconds
from chainrule.engine.jit.machine_code import function_addresses
from chainrule.engine.small_programs.emit_region import emit_region, is_supported
from chainrule.engine.small_programs.matrix_layout import MatrixLayout
from chainrule.program import Buffer, Instruction, Program, View, flattened, repetitions

__all__ = ["CompiledRegions", "Region", "compile_regions"]

INTEGER = 8
"""Bytes of an address."""

MAX_NANOSECONDS = 10_000
"""The interpreter's own time does not matter in a program that takes longer than this."""

MAX_OPERATIONS = 48
"""The most operations that are compiled: compiling each takes a few milliseconds."""


@final
@dataclass(frozen=True)
class Region:
    """Instructions `first` to `end` − 1 of a program, compiled as the function at `address`."""

    first: int
    end: int
    address: int


@final
@dataclass(frozen=True, eq=False)
class CompiledRegions:
    """The compiled regions of a program.

    end            length of the arena that they need, in bytes
    row_addresses  where the addresses of the batch's rows belong among the integers, or −1 if the
                   rows must be copied into the arena
    """

    regions: tuple[Region, ...]
    end: int
    row_addresses: int


def compile_regions(
    program: Program, start: int, batch: View | None = None
) -> CompiledRegions | None:
    """Compile the regions of a program without calls, or return None if that does not pay.

    The memory that they need begins at byte `start`, behind the program's, and behind space for the
    addresses of the rows of the `batch`.  If only products read it, its rows are read in place,
    without being copied.
    """
    instructions = program.instructions
    operations = sum(max(1, len(instruction.micro)) for instruction in flattened(instructions))
    times = repetitions(instructions)
    long = sum(nanoseconds(one) * times[one] for one in times) > MAX_NANOSECONDS
    if operations > MAX_OPERATIONS or long:
        return None
    groups = groupby(range(len(instructions)), lambda i: is_supported(instructions[i]))
    runs = [list(indices) for supported, indices in groups if supported]
    if not runs:
        return None
    element_type = ir.FloatType() if program.dtype.itemsize == 4 else ir.DoubleType()
    module, end = ir.Module(), start
    scattered: dict[Buffer, int] = {}
    if batch and _only_products_read(instructions, batch):
        scattered[batch.buffer] = program.size // INTEGER
    for run in runs:
        some = [instructions[i] for i in run]
        private = _private_buffers(program, set(run))
        layout = MatrixLayout(some, private, start, program.dtype, scattered)
        emit_region(module, _function_name(run), element_type, some, layout)
        end = max(end, layout.end)
    addresses = function_addresses(module)
    regions = (Region(run[0], run[-1] + 1, addresses[_function_name(run)]) for run in runs)
    return CompiledRegions(tuple(regions), end, max(scattered.values(), default=-1))


def _function_name(run: list[int]) -> str:
    """The name of a region's function, which is part of the key of cached machine code."""
    return f"region{run[0]}"


def _only_products_read(instructions: Sequence[Instruction], batch: View) -> bool:
    """Whether a batch is read as a factor of products only, and row by row."""
    reads = [(i, view) for i in instructions for view in i.inputs if view.buffer is batch.buffer]
    whole = all(
        i.op == "gemm" and view in i.inputs[:2] and batch in (view, view.transpose((1, 0)))
        for i, view in reads
    )
    return bool(reads) and whole and min(batch.shape) > 1


def _private_buffers(program: Program, run: set[int]) -> set[Buffer]:
    """The temporaries that no instruction outside a region accesses."""
    private: dict[Buffer, bool] = {}
    for i, instruction in enumerate(program.instructions):
        for buffer in _buffers(instruction):
            private[buffer] = private.get(buffer, True) and i in run
    candidates = (buffer for buffer, only in private.items() if only)
    return {b for b in candidates if b.group == "temporary" and b.dtype == program.dtype}


def _buffers(instruction: Instruction) -> list[Buffer]:
    return [view.buffer for view in (*instruction.inputs, *instruction.outputs)]
