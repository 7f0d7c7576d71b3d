"""The schedule of a program for several threads.

It says which instructions are shared out, where barriers are needed, and whether threads pay off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

from chainrule.program import Instruction, View, flattened, repetitions
from chainrule.program.intervals import Intervals

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
    tuning: Tuning = MEASURED,
) -> Schedule:
    """The schedule for at most `ranks` threads: for one thread if more would not be faster.

    An instruction takes `nanoseconds` in one thread.
    """
    every = list(flattened(instructions))
    single = {
        one: not can_be_shared(one) or nanoseconds(one) < tuning.sharing_cost
        for one in every
        if not (one.begun_loop or one.ends_loop)  # each thread counts the steps for itself
    }
    barriers = _barriers(instructions, single)
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
    instructions: Sequence[Instruction], single: Mapping[Instruction, bool]
) -> set[Instruction]:
    """The instructions that a barrier must precede.

    A loop's body is gone through twice, with the same barriers: in the second step, what the step
    before has read and written is known.  A third would be like the second.  That is done for the
    loop alone; then its first step is compared with what comes before the loop.
    """
    barriers = set[Instruction]()

    def go_through(some: Sequence[Instruction], hazards: _Hazards) -> None:
        for one in some:
            if (loop := one.begun_loop) is not None:
                alone = _Hazards()
                go_through(loop.body, alone)
                go_through(loop.body, alone)
                go_through(loop.enter, hazards)
                go_through(loop.body, hazards)
            elif hazards.need_barrier(one, single=single[one], certain=one in barriers):
                barriers.add(one)

    go_through(instructions, _Hazards())
    return barriers


@final
class _Hazards:
    """Finds the data hazards between instructions that no barrier separates.

    Threads may be anywhere between two barriers.  So no instruction there may read or write what
    another one writes, unless thread 0 runs both.
    """

    def __init__(self) -> None:
        self._read, self._written = _Accesses(), _Accesses()

    def need_barrier(
        self, instruction: Instruction, *, single: bool, certain: bool = False
    ) -> bool:
        """Whether a barrier must precede this instruction, the next that runs, or is `certain`."""
        reads, writes = instruction.inputs, instruction.outputs
        needed = (
            certain
            or self._written.conflict((*reads, *writes), single=single)
            or self._read.conflict(writes, single=single)
        )
        if needed:
            self._read, self._written = _Accesses(), _Accesses()
        self._read.add(reads, single=single)
        self._written.add(writes, single=single)
        return needed


@final
class _Accesses:
    """The bytes of the arena that some instructions read, or write.

    Those of all instructions are kept, and beside them those of shared instructions alone.
    """

    def __init__(self) -> None:
        self._all, self._shared = Intervals(), Intervals()

    def add(self, views: Sequence[View], *, single: bool) -> None:
        """Add the regions that an instruction's views may touch."""
        for view in views:
            self._all.add(*view.region)
            if not single:
                self._shared.add(*view.region)

    def conflict(self, views: Sequence[View], *, single: bool) -> bool:
        """Whether another thread may be at one of these regions when an instruction is."""
        accessed = self._shared if single else self._all
        return any(accessed.overlap_end(*view.region) is not None for view in views)
