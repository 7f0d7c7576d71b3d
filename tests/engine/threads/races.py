"""A checker of programs for several threads: none writes what another one reads or writes.

Threads may be anywhere between two barriers.  What an instruction reads there is taken from its
operands, and every thread is taken to read all of it, or only its rows where the instruction says
so, which `check_reads` tests by changing all others.  What each thread writes is found out by
running the instruction as that thread, alone, and looking which numbers in the arena changed.  All
of it is counted in bytes, since numbers of different dtypes may share memory.

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
from chainrule.engine.instructions.loop_time import COUNTER_DISTANCE
from chainrule.engine.instructions.registry import by_rows
from chainrule.engine.interpreter.arena import Arena
from chainrule.engine.interpreter.encode import encode
from chainrule.engine.interpreter.interpreter import execute
from chainrule.engine.interpreter.kernel_addresses import resolve_kernels
from chainrule.engine.threads.row_share import SHARED_ROWS
from chainrule.engine.threads.schedule import Schedule, Tuning
from chainrule.engine.threads.work_sharing import share
from chainrule.graph import Array
from chainrule.program import Instruction, Program, View, flattened
from program.checker import bytes_of

SHARE_EVERYTHING = Tuning(sharing_cost=0, barrier_cost=0)
ALL_ARRIVED = 1 << 62
"""Arrivals that satisfy every barrier: the other threads are not there."""


class Race(NamedTuple):
    """Bytes of the arena that one thread writes and another one reads or writes."""

    bytes: tuple[int, ...]
    instruction: int
    """The one in which it was found."""


class Threads:
    """The threads that run a program, and what each of them writes in each instruction."""

    def __init__(self, program: Program, ranks: int) -> None:
        code = encode(program, ranks, tuning=SHARE_EVERYTHING)
        self.program, self.ranks, self._code = program, code.ranks, code
        self.instructions = list(flattened(program.instructions))
        self._index = {instruction: i for i, instruction in enumerate(self.instructions)}
        loops = sum(one.begun_loop is not None for one in self.instructions)
        self.scratch_begin = program.size + loops * ranks * COUNTER_DISTANCE * 8
        self.scratch = (code.size - self.scratch_begin) // code.ranks
        self.table = code.single.copy()
        resolve_kernels(self.table, program.dtype)
        self.table[:, [COMMON_FIELDS.index(field) for field in ("barrier", "single")]] = 0
        rng = np.random.default_rng(0)
        self._fills: list[Arena] = []
        for _ in range(2):  # a result can have the value that was there before, but not twice
            arena = Arena(code.size, program.dtype)
            arena.floats[:] = rng.uniform(1.0, 2.0, len(arena.floats))
            self._fills.append(arena)
        self.written = cache(self._written)

    def _written(self, index: int, rank: int, ranks: int, time: int = 0) -> Array:
        """The bytes that thread `rank` of `ranks` writes in an instruction.

        In a loop, at this step of time.
        """
        changed = np.zeros(len(self._fills[0]), bool)
        for fill in self._fills:
            arena = self._filled(fill, index, ranks, time)
            before = arena.bytes.copy()
            self._run(arena, index, rank, ranks)
            changed |= before != arena.bytes
        number = self._numbers_of_bytes(self.instructions[index])
        return np.flatnonzero(np.isin(number, number[changed]))

    def _filled(self, fill: Arena, index: int, ranks: int, time: int) -> Arena:
        """An arena with numbers that the instruction can compute with, at a step of time."""
        arena = Arena(self._code.size, self.program.dtype)
        arena.bytes[:] = fill.bytes
        for view in self.instructions[index].inputs:
            if view.buffer.dtype.kind in "iu":
                arena.entries(view.buffer)[:] = np.arange(view.buffer.size) % 3
        counter = self._counter(self.instructions[index])
        if counter >= 0:
            arena.integers[counter + COUNTER_DISTANCE * np.arange(ranks)] = time
        return arena

    def _run(self, arena: Arena, index: int, rank: int, ranks: int) -> None:
        """Run an instruction as thread `rank` of `ranks`."""
        row = sum(instruction.op != "call" for instruction in self.instructions[:index])
        execute(
            self.table, row, row + 1, self._code.micro, self._code.params, arena.floats,
            arena.integers, rank, ranks, np.array([ALL_ARRIVED]), 0,
        )  # fmt: skip

    def _numbers_of_bytes(self, instruction: Instruction) -> Array:
        """For each byte, which number it belongs to: if one of them changes, that is written."""
        size = len(self._fills[0])
        number = np.arange(size) // self.program.dtype.itemsize
        for view in instruction.outputs:
            begin, item = view.buffer.offset, view.buffer.dtype.itemsize
            number[begin : begin + view.buffer.bytes] = (
                size + begin + np.arange(view.buffer.bytes) // item
            )
        return number

    def _counter(self, instruction: Instruction) -> int:
        """The offset of the first counter of the loop of an instruction, or −1."""
        if instruction.loop is None:
            return -1
        row = sum(i.op != "call" for i in self.instructions[: self._index[instruction.loop.begin]])
        begin = RECORDS[self.table[row, 0]]
        return int(self.table[row, begin.column("counter")])

    def check_shares(self, index: int) -> None:
        """The threads write all results of an instruction, and else only scratch of their own.

        Those of a loop write them in all of its steps.  Which rows are added to depends on numbers.
        """
        instruction, found = self.instructions[index], list[Array]()
        if instruction.begun_loop or instruction.ends_loop:
            return
        results = _entries(instruction.outputs)
        for rank, time in product(range(self.ranks), _times(instruction)):
            at = self.written(index, rank, self.ranks, time)
            begin = self.scratch_begin + rank * self.scratch
            own = at[(at < begin) | (at >= begin + self.scratch)]
            assert np.isin(own, results).all(), "a thread writes what is not its own"
            found.append(own)
        self.check_reads(index)
        written = np.unique(np.concatenate(found))
        if instruction.op == "add_rows":
            assert len(written)
        else:
            assert np.array_equal(written, results)

    def check_reads(self, index: int) -> None:
        """What a thread writes does not depend on rows that it is said not to read."""
        instruction = self.instructions[index]
        for rank, place in product(range(self.ranks), by_rows(instruction)):
            view = instruction.inputs[place]
            others = tuple(other for i, other in enumerate(instruction.inputs) if i != place)
            read = _entries((_share(view, rank, self.ranks), *others))
            elsewhere = np.setdiff1d(bytes_of(view), read)
            found = [self._results(index, rank, change) for change in (elsewhere[:0], elsewhere)]
            assert np.array_equal(*found), f"thread {rank} reads other rows of {view.buffer.name}"

    def _results(self, index: int, rank: int, changed: Array) -> Array:
        """The bytes that a thread writes, after some bytes of the arena were changed."""
        arena = self._filled(self._fills[0], index, self.ranks, 0)
        arena.bytes[changed] = 0
        self._run(arena, index, rank, self.ranks)
        return arena.bytes[self.written(index, rank, self.ranks)]

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
            for rank in range(many):
                rows = by_rows(instruction) if many > 1 else ()
                for place, view in enumerate(instruction.inputs):
                    if view.buffer not in written_too:
                        part = _share(view, rank, many) if place in rows else view
                        readers[_entries((part.at_time(time),))] |= 1 << rank
                if instruction.op == "call":
                    written = _entries(instruction.outputs)
                else:
                    written = self.written(index, rank, many, time)
                writers[written] |= 1 << rank
            anyone = writers | readers
            # a set of threads of which more than one bit is set
            raced = np.flatnonzero((writers != 0) & (anyone & (anyone - 1) != 0))
            if raced.size:
                found.append(Race(tuple(raced.tolist()), index))
        return found

    def _nobody(self) -> Array:
        """For each byte of the arena, no thread: bit r stands for thread r."""
        return np.zeros(len(self._fills[0]), np.int64)


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


def _share(view: View, rank: int, ranks: int) -> View:
    """The rows of a view that a thread reads."""
    return view.at(slice(*share(view.shape[0], SHARED_ROWS, rank, ranks)))


def _times(instruction: Instruction) -> range:
    return range(1) if instruction.loop is None else instruction.loop.times


def _entries(views: tuple[View, ...]) -> Array:
    """The bytes of the entries of some views."""
    return np.unique(np.concatenate([np.zeros(0, int), *map(bytes_of, views)]))
