"""Memory planning: assigns every temporary buffer an offset in the arena.

Two temporaries, of whatever dtypes, may share memory when no instruction needs both.  Groups that
outlive a step (parameters, gradients, …) are laid out before, contiguously, in `planning`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import final

from chainrule.program.instruction import Instruction, flattened
from chainrule.program.intervals import Intervals
from chainrule.program.view import Buffer

__all__ = ["ALIGN", "aligned", "assign_offsets", "live_ranges"]

ALIGN = 64
"""Buffers begin at multiples of this many bytes: a cache line."""


def aligned(offset: int) -> int:
    """The smallest offset, not below this one, at which a buffer may begin.

    >>> aligned(64), aligned(65)
    (64, 128)
    """
    return -(-offset // ALIGN) * ALIGN


def live_ranges(instructions: Sequence[Instruction]) -> dict[Buffer, tuple[int, int]]:
    """The first and last instruction that reads or writes each temporary.

    Counted with those of loops.  What several steps of a loop need is listed at both its ends.
    """
    ranges: dict[Buffer, tuple[int, int]] = {}
    for index, instruction in enumerate(flattened(instructions)):
        for view in (*instruction.inputs, *instruction.outputs):
            if view.buffer.group == "temporary":
                first = ranges.get(view.buffer, (index, index))[0]
                ranges[view.buffer] = (first, index)
    return ranges


def assign_offsets(instructions: Sequence[Instruction], start: int) -> int:
    """Assign offsets from `start` on to all temporaries; returns the length of the arena in bytes.

    Takes the largest buffers first, and gives each the lowest offset that is free during its whole
    live range.

    Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020.
    """
    ranges, count = live_ranges(instructions), len(list(flattened(instructions)))
    occupied, end = _Occupied(count), start
    for buffer, live in sorted(ranges.items(), key=lambda item: (-item[0].bytes, item[1])):
        size = aligned(buffer.bytes)
        buffer.offset = occupied.take(*live, size, start)
        end = max(end, buffer.offset + size)
    return end


@final
class _Occupied:
    """Which offsets are occupied while which instructions run: a segment tree over instructions.

    Each node of the tree stands for a range of instructions, and each live range is made up of the
    ranges of a few nodes.  For each node, `throughout` are the offsets of buffers that are live in
    its whole range, and `sometime` those of buffers that are live in any part of it.

    de Berg, Cheong, van Kreveld and Overmars, "Computational Geometry", 3rd edition, section 10.3.
    """

    def __init__(self, instructions: int) -> None:
        self._leaves = 1 << max(instructions - 1, 0).bit_length()
        self._throughout: defaultdict[int, Intervals] = defaultdict(Intervals)
        self._sometime: defaultdict[int, Intervals] = defaultdict(Intervals)

    def take(self, first: int, last: int, size: int, start: int) -> int:
        """Occupy the lowest `size` offsets from `start` on that are free from `first` to `last`."""
        parts = self._parts(first, last)
        above = {node >> k for node in parts for k in range(1, node.bit_length())}
        taken = [self._sometime[node] for node in parts]
        taken += [self._throughout[node] for node in above if node in self._throughout]
        offset, free = start, False
        while not free:
            free = True
            for intervals in taken:
                end = intervals.overlap_end(offset, offset + size)
                if end is not None:
                    offset, free = end, False
        for node in parts:
            self._throughout[node].add(offset, offset + size)
        for node in (*parts, *above):
            self._sometime[node].add(offset, offset + size)
        return offset

    def _parts(self, first: int, last: int) -> list[int]:
        """The nodes for the range from `first` to `last`; node k is above 2k and 2k + 1."""
        low, high = first + self._leaves, last + self._leaves + 1
        parts: list[int] = []
        while low < high:
            if low % 2:
                parts.append(low)
                low += 1
            if high % 2:
                high -= 1
                parts.append(high)
            low, high = low // 2, high // 2
        return parts
