"""An independent checker of programs: it tracks which buffer was last written at every offset."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.program import Buffer, Instruction, Program, Register, View

UNWRITTEN = -1
LOOP_COPIES = ("load_step", "store_step", "carry")


def offsets(view: View) -> np.ndarray:
    """The offset, in its arena, of every entry of a view."""
    at = np.full(view.shape, view.start)
    for axis, stride in enumerate(view.strides):
        along = np.arange(view.shape[axis]) * stride
        at = at + np.expand_dims(along, tuple(range(1, len(view.shape) - axis)))
    return at.reshape(-1)


class _Arena:
    """For each offset, the buffer that was last written there."""

    def __init__(self, program: Program) -> None:
        self.owner = {
            kind: np.full(size, UNWRITTEN)
            for kind, size in (("float", program.floats), ("int", program.ints))
        }
        self.numbers: dict[Buffer, int] = {}

    def write(self, view: View) -> None:
        number = self.numbers.setdefault(view.buffer, len(self.numbers))
        at = offsets(view)
        assert at.size == len(set(at.tolist())), "a result has a place for each of its entries"
        begin, end = view.buffer.offset, view.buffer.offset + view.buffer.size
        assert begin >= 0
        assert ((begin <= at) & (at < end)).all(), "a result stays within its buffer"
        self.owner[view.buffer.kind][at] = number

    def read(self, view: View) -> None:
        at = offsets(view)
        if not at.size:
            return
        assert view.buffer in self.numbers, f"{view.buffer.name} is read before it is written"
        assert (self.owner[view.buffer.kind][at] == self.numbers[view.buffer]).all(), (
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
        if instruction.loop is None or instruction.op in LOOP_COPIES:
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
    """Inputs and outputs of one group and kind follow each other without gaps."""
    groups: dict[tuple[str, str], list[Buffer]] = {}
    for buffer in (*program.inputs, *program.outputs):
        groups.setdefault((buffer.group, buffer.kind), []).append(buffer)
    for buffers in groups.values():
        for one, following in itertools.pairwise(buffers):
            assert following.offset == one.offset + one.size
