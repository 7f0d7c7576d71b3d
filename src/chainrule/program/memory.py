"""Memory planning: assigns every temporary buffer an offset in the arena.

Two temporaries may share memory when no instruction needs both.  Groups that outlive a step
(parameters, gradients, …) are laid out before, contiguously, in `planning`.
"""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.program.instruction import Instruction
from chainrule.program.view import Buffer

__all__ = ["ALIGN", "aligned", "assign_offsets", "live_ranges"]

ALIGN = 16
"""Buffers begin at multiples of this many numbers: a cache line of float32."""


def aligned(offset: int) -> int:
    """The smallest offset, not below this one, at which a buffer may begin.

    >>> aligned(16), aligned(17)
    (16, 32)
    """
    return -(-offset // ALIGN) * ALIGN


def live_ranges(instructions: Sequence[Instruction]) -> dict[Buffer, tuple[int, int]]:
    """The first and last instruction that reads or writes each temporary."""
    ranges: dict[Buffer, tuple[int, int]] = {}
    for index, instruction in enumerate(instructions):
        for view in (*instruction.inputs, *instruction.outputs):
            if view.buffer.group == "temporary":
                first = ranges.get(view.buffer, (index, index))[0]
                ranges[view.buffer] = (first, index)
    return ranges


def assign_offsets(instructions: Sequence[Instruction], start: dict[str, int]) -> dict[str, int]:
    """Assign offsets from `start[kind]` on to all temporaries; returns each kind's arena length.

    Takes the largest buffers first, and gives each the lowest offset that is free during its whole
    live range.

    Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020.
    """
    ranges = live_ranges(instructions)
    assigned: list[tuple[Buffer, int, int]] = []
    end = dict(start)
    for buffer, (first, last) in sorted(ranges.items(), key=lambda item: (-item[0].size, item[1])):
        size = aligned(buffer.size)
        offset = start[buffer.kind]
        occupied = sorted(
            (other.offset, other.offset + aligned(other.size))
            for other, begins, ends in assigned
            if other.kind == buffer.kind and begins <= last and first <= ends
        )
        for low, high in occupied:
            if offset + size <= low:
                break
            offset = max(offset, high)
        buffer.offset = offset
        assigned.append((buffer, first, last))
        end[buffer.kind] = max(end[buffer.kind], offset + size)
    return end
