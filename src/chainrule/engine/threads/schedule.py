"""The schedule of a program for several threads.

It says which instructions are shared out, where barriers are needed, and whether threads pay off.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

from chainrule.engine.threads.hazards import Hazards
from chainrule.program import Instruction, flattened, repetitions

__all__ = ["MEASURED", "Schedule", "Tuning", "schedule"]


@final
@dataclass(frozen=True)
class Tuning:
    """What it costs to use several threads, and how many there may be.

    threads       the most threads; None for as many as `thread_limit` allows
    sharing_cost  nanoseconds of work below which an instruction is not shared out: it is done
                  before half of the numbers have reached another processor
    barrier_cost  nanoseconds that a barrier costs, mostly until the data of the other threads have
                  arrived
    """

    threads: int | None = None
    sharing_cost: float = 400
    barrier_cost: float = 1200


MEASURED = Tuning()
"""The costs measured on common processors."""


class Schedule(NamedTuple):
    """How threads run a program, whose instructions are counted with those of loops.

    barrier   for each instruction, whether all threads synchronise before it
    single    for each instruction, whether only thread 0 runs it
    ranks     how many threads run the program
    """

    barrier: list[bool]
    single: list[bool]
    ranks: int


def schedule(
    instructions: Sequence[Instruction],
    ranks: int,
    nanoseconds: Callable[[Instruction], float],
    can_be_shared: Callable[[Instruction], bool],
    by_rows: Callable[[Instruction], Collection[int]],
    tuning: Tuning = MEASURED,
) -> Schedule:
    """The schedule for at most `ranks` threads: for one thread if more would not be faster.

    An instruction takes `nanoseconds` in one thread.  Where threads share it `by_rows`, each
    touches only its rows of the inputs at these places, and of all outputs.
    """
    every = list(flattened(instructions))
    single = {
        one: not can_be_shared(one) or nanoseconds(one) < tuning.sharing_cost
        for one in every
        if not (one.begun_loop or one.ends_loop)  # each thread counts the steps for itself
    }
    barriers = _barriers(instructions, single, by_rows)
    times = repetitions(instructions)
    shared = sum(nanoseconds(one) * times[one] for one, alone in single.items() if not alone)
    saved = shared * (1 - 1 / ranks)
    cost = tuning.barrier_cost * sum(times[one] for one in barriers)
    return Schedule(
        [one in barriers for one in every],
        [single.get(one, False) for one in every],
        ranks if saved > cost else 1,
    )


def _barriers(
    instructions: Sequence[Instruction],
    single: Mapping[Instruction, bool],
    by_rows: Callable[[Instruction], Collection[int]],
) -> set[Instruction]:
    """The instructions that a barrier must precede.

    A loop's body is gone through twice, with the same barriers: in the second step, what the step
    before has read and written is known.  A third would be like the second.  That is done for the
    loop alone.  Between its first step and what comes before the loop, a single barrier is enough,
    where the loop begins.
    """
    barriers = set[Instruction]()

    def go_through(some: Sequence[Instruction], hazards: Hazards) -> None:
        for one in some:
            if (loop := one.begun_loop) is not None:
                alone, whole = Hazards(by_rows), [*loop.enter, *loop.body]
                go_through(loop.body, alone)
                go_through(loop.body, alone)
                go_through(whole, Hazards(by_rows))
                first = itertools.takewhile(lambda one: one not in barriers, flattened(whole))
                if any(hazards.conflict(one, single=single[one]) for one in first if one in single):
                    barriers.add(one)
                    hazards.clear()
                go_through(whole, hazards)
            elif one in barriers or hazards.conflict(one, single=single[one]):
                barriers.add(one)
                hazards.clear()
                hazards.add(one, single=single[one])
            else:
                hazards.add(one, single=single[one])

    go_through(instructions, Hazards(by_rows))
    return barriers
