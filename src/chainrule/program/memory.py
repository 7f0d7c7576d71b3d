"""Memory: every buffer gets its place in the arena.

Groups that outlive a step lie contiguously, each after the other.  Temporaries share what is left:
one is placed where nothing lies that is still needed while it lives.
"""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.program.instruction import Instruction
from chainrule.program.view import Buffer

__all__ = ["ALIGN", "aligned", "assign", "lifetimes"]

ALIGN = 16
"""Buffers begin at multiples of this many numbers: a cache line of float32."""


def aligned(place: int) -> int:
    """The first place from this one on where a buffer may begin.

    >>> aligned(16), aligned(17)
    (16, 32)
    """
    return -(-place // ALIGN) * ALIGN


def lifetimes(instructions: Sequence[Instruction]) -> dict[Buffer, tuple[int, int]]:
    """First and last instruction that touches each temporary."""
    lives: dict[Buffer, tuple[int, int]] = {}
    for place, instruction in enumerate(instructions):
        for view in (*instruction.inputs, *instruction.outputs):
            if view.buffer.group == "temporary":
                first = lives.get(view.buffer, (place, place))[0]
                lives[view.buffer] = (first, place)
    return lives


def assign(instructions: Sequence[Instruction], start: dict[str, int]) -> dict[str, int]:
    """Place all temporaries from `start[kind]` on; the end of the arena for each kind.

    Largest first, each at the lowest place free during its whole life.

    Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020.
    """
    lives = lifetimes(instructions)
    placed: list[tuple[Buffer, int, int]] = []
    end = dict(start)
    for buffer, (first, last) in sorted(lives.items(), key=lambda item: (-item[0].size, item[1])):
        size = aligned(buffer.size)
        at = start[buffer.kind]
        rivals = sorted(
            (other.offset, other.offset + aligned(other.size))
            for other, begins, ends in placed
            if other.kind == buffer.kind and begins <= last and first <= ends
        )
        for low, high in rivals:
            if at + size <= low:
                break
            at = max(at, high)
        buffer.offset = at
        placed.append((buffer, first, last))
        end[buffer.kind] = max(end[buffer.kind], at + size)
    return end
