"""The schedule of a program for several threads.

It says which instructions are shared out, where barriers are needed, and whether threads pay off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, final

from chainrule.engine.threads.cost_model import estimated_nanoseconds
from chainrule.program import Instruction, View

__all__ = ["Schedule", "schedule"]

SHARING_COST = 400
"""Nanoseconds of work below which an instruction is not shared out.

Such work is done before half of the numbers have reached another processor.
"""

BARRIER_COST = 1200
"""Nanoseconds that a barrier costs, mostly until the data of the other threads have arrived."""


class Schedule(NamedTuple):
    """How threads run a program.

    barrier   for each instruction, whether all threads synchronise before it
    single    for each instruction, whether only thread 0 runs it
    ranks     how many threads run the program
    """

    barrier: list[bool]
    single: list[bool]
    ranks: int


def schedule(instructions: Sequence[Instruction], ranks: int) -> Schedule:
    """The schedule for at most `ranks` threads: for one thread if more would not be faster."""
    hazards = _Hazards()
    single = [_is_single(instruction) for instruction in instructions]
    barrier = [
        hazards.need_barrier(instruction, single=one)
        for instruction, one in zip(instructions, single, strict=True)
    ]
    shared = sum(
        estimated_nanoseconds(instruction)
        for instruction, one in zip(instructions, single, strict=True)
        if not one
    )
    saved = shared * (1 - 1 / ranks)
    return Schedule(barrier, single, ranks if saved > BARRIER_COST * sum(barrier) else 1)


def _is_single(instruction: Instruction) -> bool:
    """Whether one thread runs the instruction: it is too cheap, or its kernel cannot be shared."""
    cheap = estimated_nanoseconds(instruction) < SHARING_COST
    return cheap or instruction.op in ("elementwise", "copy_integers", "call")


class _Access(NamedTuple):
    """A region of an arena that an instruction reads or writes."""

    kind: str
    begin: int
    end: int
    single: bool


@final
class _Hazards:
    """Finds the data hazards between instructions that no barrier separates.

    Threads may be anywhere between two barriers.  So no instruction there may read or write what
    another one writes, unless thread 0 runs both.
    """

    def __init__(self) -> None:
        self._read: list[_Access] = []
        self._written: list[_Access] = []

    def need_barrier(self, instruction: Instruction, *, single: bool) -> bool:
        """Whether a barrier must precede this instruction, the next one of the program."""
        reads, writes = (
            _accesses(views, single) for views in (instruction.inputs, instruction.outputs)
        )
        needed = _conflict([*reads, *writes], self._written) or _conflict(writes, self._read)
        if needed:
            self._read, self._written = [], []
        self._read += reads
        self._written += writes
        return needed


def _accesses(views: Sequence[View], single: bool) -> list[_Access]:
    extents = ((view.buffer, *view.extent) for view in views)
    return [
        _Access(buffer.kind, buffer.offset + begin, buffer.offset + end, single)
        for buffer, begin, end in extents
    ]


def _conflict(some: list[_Access], others: list[_Access]) -> bool:
    return any(
        a.kind == b.kind and a.begin < b.end and b.begin < a.end and not (a.single and b.single)
        for a in some
        for b in others
    )
