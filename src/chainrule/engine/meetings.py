"""Where the threads of a team must meet: before one reads what another has written."""

from __future__ import annotations

from typing import final

from chainrule.program import Instruction, View

__all__ = ["Meetings"]

Stretch = tuple[str, int, int]


@final
class Meetings:
    """Follows a program instruction by instruction.

    Until they meet, a thread may be anywhere between the last meeting and the next: whatever one
    instruction writes, no other may read or write in between.
    """

    def __init__(self) -> None:
        self._read: list[Stretch] = []
        self._written: list[Stretch] = []

    def before(self, instruction: Instruction) -> bool:
        """Whether a meeting is due before this instruction, which is then the first after it."""
        reads, writes = _stretches(instruction.inputs), _stretches(instruction.outputs)
        due = _overlap(reads + writes, self._written) or _overlap(writes, self._read)
        if due:
            self._read, self._written = [], []
        self._read += reads
        self._written += writes
        return due


def _stretches(views: tuple[View, ...]) -> list[Stretch]:
    buffers = (view.buffer for view in views)
    return [(b.kind, b.offset, b.offset + b.size) for b in buffers]


def _overlap(some: list[Stretch], others: list[Stretch]) -> bool:
    return any(
        kind == other and begin < after and start < end
        for kind, begin, end in some
        for other, start, after in others
    )
