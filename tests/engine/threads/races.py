"""A checker of programs for several threads: none writes what another one reads or writes.

Threads may be anywhere between two barriers.  What an instruction reads there is taken from its
operands, and every thread is taken to read all of it.  What each thread writes is found out by
running the instruction as that thread, alone, and looking which entries of the arenas changed.

Instructions are counted with those of loops.  Of a loop, all steps are gone through.  Of a buffer
that an instruction overwrites, as a carry in place, each thread reads what it writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np

from chainrule.engine.instructions import COMMON_FIELDS, RECORDS
from chainrule.engine.instructions.loop import COUNTER_DISTANCE
from chainrule.engine.interpreter.encode import encode
from chainrule.engine.interpreter.interpreter import execute
from chainrule.engine.threads.schedule import Schedule, Tuning
from chainrule.graph import Array
from chainrule.program import Instruction, Program, View, flattened
from program.checker import offsets

SHARE_EVERYTHING = Tuning(sharing_cost=0, barrier_cost=0)
ALL_ARRIVED = 1 << 62
"""Arrivals that satisfy every barrier: the other threads are not there."""


class Race(NamedTuple):
    """Entries of an arena that one thread writes and another one reads or writes."""

    kind: str
    entries: tuple[int, ...]
    instruction: int
    """The one in which it was found."""


class Threads:
    """The threads that run a program, and what each of them writes in each instruction."""

    def __init__(self, program: Program, ranks: int) -> None:
        code = encode(program, ranks, tuning=SHARE_EVERYTHING)
        self.program, self.ranks, self._code = program, code.ranks, code
        self.instructions = list(flattened(program.instructions))
        self._index = {instruction: i for i, instruction in enumerate(self.instructions)}
        self.scratch = (code.floats - program.floats) // code.ranks
        self.sizes = {"float": code.floats, "int": code.ints}
        self.table = code.single.copy()
        self.table[:, [COMMON_FIELDS.index(field) for field in ("barrier", "single")]] = 0
        rng = np.random.default_rng(0)
        self._fills: list[dict[str, Array]] = []
        for _ in range(2):  # a result can have the value that was there before, but not twice
            floats = rng.uniform(1.0, 2.0, code.floats).astype(program.dtype)
            self._fills.append({"float": floats, "int": rng.integers(0, 3, max(code.ints, 1))})
        self.written = cache(self._written)

    def _written(self, index: int, rank: int, ranks: int, time: int = 0) -> dict[str, Array]:
        """The offsets that thread `rank` of `ranks` writes in an instruction, for each arena.

        In a loop, at this step of time.
        """
        instructions, code = self.instructions, self._code
        row = sum(instruction.op != "call" for instruction in instructions[:index])
        counter = self._counter(instructions[index])
        changed = {kind: np.zeros(len(fill), bool) for kind, fill in self._fills[0].items()}
        for fill in self._fills:
            arenas = {kind: numbers.copy() for kind, numbers in fill.items()}
            if counter >= 0:
                fill["int"][counter::COUNTER_DISTANCE] = time
                arenas["int"][counter::COUNTER_DISTANCE] = time
            execute(
                self.table, row, row + 1, code.micro, code.params, arenas["float"],
                arenas["int"], rank, ranks, np.array([ALL_ARRIVED]), 0,
            )  # fmt: skip
            for kind, before in fill.items():
                bits = f"u{before.itemsize}"
                changed[kind] |= before.view(bits) != arenas[kind].view(bits)
        return {kind: np.flatnonzero(mask) for kind, mask in changed.items()}

    def _counter(self, instruction: Instruction) -> int:
        """The offset of the first counter of the loop of an instruction, or −1."""
        if instruction.loop is None:
            return -1
        row = sum(i.op != "call" for i in self.instructions[: self._index[instruction.loop.begin]])
        begin = RECORDS[self.table[row, 0]]
        return int(self.table[row, begin.column("counter")])

    def check_shares(self, index: int) -> None:
        """The threads write all results of an instruction, and else only scratch of their own.

        Those of a loop write them in all of its steps.
        """
        instruction, found = self.instructions[index], list[Array]()
        if instruction.begun_loop or instruction.ends_loop:
            return
        results = _entries(instruction.outputs)
        for rank, time in product(range(self.ranks), _times(instruction)):
            written = self.written(index, rank, self.ranks, time)
            assert not set(written["int"].tolist()) - results["int"]
            begin = self.program.floats + rank * self.scratch
            at = written["float"]
            own = at[(at < begin) | (at >= begin + self.scratch)]
            assert set(own.tolist()) <= results["float"], "a thread writes what is not its own"
            found.append(own)
        assert {at for own in found for at in own.tolist()} == results["float"]

    def races(self, schedule: Schedule) -> list[Race]:
        """The races of the program, if it runs by `schedule`."""
        found: list[Race] = []
        readers, writers = self._nobody(), self._nobody()
        for instruction, time in _executed(self.program.instructions):
            index = self._index[instruction]
            if schedule.barrier[index]:
                readers, writers = self._nobody(), self._nobody()
            if instruction.begun_loop or instruction.ends_loop:
                assert not schedule.single[index], "each thread counts for itself"
                continue
            many = 1 if schedule.single[index] else self.ranks
            written_too = {view.buffer for view in instruction.outputs}
            others = (view for view in instruction.inputs if view.buffer not in written_too)
            for kind, at in _entries(tuple(others)).items():
                readers[kind][list(at)] |= (1 << many) - 1
            for rank in range(many):
                if instruction.op == "call":
                    written = {k: list(at) for k, at in _entries(instruction.outputs).items()}
                else:
                    written = self.written(index, rank, many, time)
                for kind, at in written.items():
                    writers[kind][at] |= 1 << rank
            for kind in self.sizes:
                written, anyone = writers[kind], writers[kind] | readers[kind]
                # a set of threads of which more than one bit is set
                raced = np.flatnonzero((written != 0) & (anyone & (anyone - 1) != 0))
                if raced.size:
                    found.append(Race(kind, tuple(raced.tolist()), index))
        return found

    def _nobody(self) -> dict[str, Array]:
        """For each entry of each arena, no thread: bit r stands for thread r."""
        return {kind: np.zeros(size + 1, np.int64) for kind, size in self.sizes.items()}


def _executed(instructions: Sequence[Instruction]) -> Iterator[tuple[Instruction, int]]:
    """The instructions in the order in which they run, each with the step of its loop."""
    for instruction in instructions:
        yield instruction, 0
        if (loop := instruction.begun_loop) is not None:
            yield from ((one, 0) for one in loop.enter)
            for time in loop.times:
                for one, inner in _executed(loop.body):
                    yield one, time if one.loop is loop else inner
                yield loop.end, time


def _times(instruction: Instruction) -> range:
    return range(1) if instruction.loop is None else instruction.loop.times


def _entries(views: tuple[View, ...]) -> dict[str, set[int]]:
    """The offsets of the entries of some views, for each arena."""
    found: dict[str, set[int]] = {"float": set(), "int": set()}
    for view in views:
        found[view.buffer.kind].update(offsets(view).tolist())
    return found
