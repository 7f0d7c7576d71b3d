"""An independent checker of programs: it tracks which buffer was last written at every byte."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.program import Buffer, Instruction, Program, Register, View

UNWRITTEN = -1


def bytes_of(view: View) -> np.ndarray:
    """The offset, in the arena, of every byte of every entry of a view, at all times."""
    item = view.buffer.dtype.itemsize
    shape, strides = (view.steps, *view.shape), (view.step, *view.strides)
    at = np.full(shape, view.buffer.offset + view.offset * item)
    for axis, stride in enumerate(strides):
        along = np.arange(shape[axis]) * stride * item
        at = at + np.expand_dims(along, tuple(range(1, len(shape) - axis)))
    return (at.reshape(-1, 1) + np.arange(item)).reshape(-1)


class _Arena:
    """For each byte, the buffer that was last written there."""

    def __init__(self, program: Program) -> None:
        self.owner = np.full(program.size, UNWRITTEN)
        self.numbers: dict[Buffer, int] = {}

    def write(self, view: View) -> None:
        number = self.numbers.setdefault(view.buffer, len(self.numbers))
        at = bytes_of(view)
        assert at.size == len(set(at.tolist())), "a result has a place for each of its entries"
        begin, end = view.buffer.offset, view.buffer.offset + view.buffer.bytes
        assert begin >= 0
        assert begin % view.buffer.dtype.itemsize == 0, "kernels count in numbers"
        assert ((begin <= at) & (at < end)).all(), "a result stays within its buffer"
        self.owner[at] = number

    def read(self, view: View) -> None:
        at = bytes_of(view)
        if not at.size:
            return
        assert view.buffer in self.numbers, f"{view.buffer.name} is read before it is written"
        assert (self.owner[at] == self.numbers[view.buffer]).all(), (
            f"{view.buffer.name} was overwritten while it was still needed"
        )


def check(program: Program) -> None:
    """Every operand is intact when it is read; inputs, constants and outputs also at the end.

    Two steps of each loop are gone through: a third would find what the second does.
    """
    arena = _Arena(program)
    persistent = [*program.inputs, *program.constants]
    for buffer in persistent:
        arena.write(buffer.whole((buffer.size,)))
    for instruction in executed(program.instructions, steps=2):
        assert instruction.nodes, "an instruction lists its nodes"
        if instruction.micro:
            registers: set[Register] = set()
            for micro in instruction.micro:
                for operand in micro.inputs:
                    if isinstance(operand, Register):
                        assert operand in registers, "a register is read before it is written"
                    else:
                        arena.read(operand)
                if isinstance(micro.out, Register):
                    registers.add(micro.out)
                else:
                    arena.write(micro.out)
            assert len(registers) == instruction.attributes["registers"]
        for view in instruction.inputs:
            arena.read(view)
        if not (instruction.begun_loop or instruction.ends_loop):
            for view in instruction.outputs:
                arena.write(view)
        for view in instruction.inputs:
            arena.read(view)  # results do not overwrite operands
    for buffer in (*persistent, *program.outputs):
        arena.read(buffer.whole((buffer.size,)))
    contiguous_groups(program)


def executed(instructions: Sequence[Instruction], steps: int) -> Iterator[Instruction]:
    """The instructions in the order in which they run, with at most some steps of each loop."""
    for instruction in instructions:
        yield instruction
        if (loop := instruction.begun_loop) is not None:
            yield from loop.enter
            for _ in loop.times[:steps]:
                yield from executed(loop.body, steps)
                yield loop.end


def contiguous_groups(program: Program) -> None:
    """Inputs and outputs of one group and dtype follow each other without gaps."""
    groups: dict[tuple[str, str], list[Buffer]] = {}
    for buffer in (*program.inputs, *program.outputs):
        groups.setdefault((buffer.group, str(buffer.dtype)), []).append(buffer)
    for buffers in groups.values():
        for one, following in itertools.pairwise(buffers):
            assert following.offset == one.offset + one.bytes
