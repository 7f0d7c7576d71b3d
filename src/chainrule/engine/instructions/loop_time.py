"""The time of a loop, for instructions whose operands move with it."""

from __future__ import annotations

from chainrule.engine.instructions.record import Encoding
from chainrule.engine.jit.compile import inner
from chainrule.program import Instruction

__all__ = ["COUNTER_DISTANCE", "counter_of", "time"]

COUNTER_DISTANCE = 8
"""Each thread counts for itself, in a cache line of its own: integers between two counters."""


def counter_of(instruction: Instruction, encoding: Encoding) -> int:
    """Where the counter of an instruction's loop is; −1 if nothing about it changes with time."""
    return -1 if instruction.loop is None else encoding.counter(instruction.loop)


@inner
def time(integers, counter, rank):
    """What a thread's counter of steps says; 0 without a counter."""
    if counter < 0:
        return 0
    return integers[counter + rank * COUNTER_DISTANCE]
