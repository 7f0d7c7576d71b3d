"""How a team goes about a program: who does what, where all must barrier, and whether it pays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, final

from chainrule.program import Instruction, View

__all__ = ["Plan", "nanoseconds", "schedule"]

LITTLE = 400
"""Nanoseconds of work that are over before half of the numbers have come to another processor."""

MEETING = 1200
"""Nanoseconds that a meeting costs: most of it for what the others wrote to arrive."""


class Plan(NamedTuple):
    """For each instruction whether all barrier before it, and whether one thread does it alone."""

    barrier: list[bool]
    alone: list[bool]
    ranks: int


def schedule(instructions: Sequence[Instruction], ranks: int) -> Plan:
    """How `ranks` threads at most run these instructions: one, where more would not be faster."""
    meetings = _Meetings()
    single = [_alone(instruction) for instruction in instructions]
    barrier = [meetings.before(i, alone=one) for i, one in zip(instructions, single, strict=True)]
    shared = sum(nanoseconds(i) for i, one in zip(instructions, single, strict=True) if not one)
    saved = shared * (1 - 1 / ranks)
    return Plan(barrier, single, ranks if saved > MEETING * sum(barrier) else 1)


def _alone(instruction: Instruction) -> bool:
    """Whether it is too little, or of a kind, to be shared among threads."""
    return instruction.op in ("elementwise", "call") or nanoseconds(instruction) < LITTLE


def nanoseconds(instruction: Instruction) -> float:
    """Nanoseconds that one thread takes, roughly."""
    inputs, outputs = instruction.inputs, instruction.outputs
    if instruction.op == "gemm":
        return outputs[0].size * inputs[0].shape[1] / 50
    if instruction.op == "fused":
        return outputs[0].size * len(instruction.micro) / 10
    return sum(view.size for view in (*inputs, *outputs)) / 16


class _Use(NamedTuple):
    kind: str
    begin: int
    end: int
    alone: bool


@final
class _Meetings:
    """Follows a program instruction by instruction.

    Until they barrier, a thread may be anywhere between the last meeting and the next: what one
    instruction writes, no other may read or write in between, unless one thread does both.
    """

    def __init__(self) -> None:
        self._read: list[_Use] = []
        self._written: list[_Use] = []

    def before(self, instruction: Instruction, *, alone: bool) -> bool:
        """Whether a meeting is due before this instruction, which is then the first after it."""
        reads, writes = _uses(instruction.inputs, alone), _uses(instruction.outputs, alone)
        due = _clash([*reads, *writes], self._written) or _clash(writes, self._read)
        if due:
            self._read, self._written = [], []
        self._read += reads
        self._written += writes
        return due


def _uses(views: Sequence[View], alone: bool) -> list[_Use]:
    buffers = (view.buffer for view in views)
    return [_Use(b.kind, b.offset, b.offset + b.size, alone) for b in buffers]


def _clash(some: list[_Use], others: list[_Use]) -> bool:
    return any(
        a.kind == b.kind and a.begin < b.end and b.begin < a.end and not (a.alone and b.alone)
        for a in some
        for b in others
    )
