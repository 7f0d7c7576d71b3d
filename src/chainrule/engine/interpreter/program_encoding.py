"""What the encodings of a program's instructions share: micro-operations, parameters, scratch."""

from __future__ import annotations

from typing import final

from chainrule.engine.instructions.loop_time import COUNTER_DISTANCE
from chainrule.engine.kernels.elementwise_loops import Loop
from chainrule.program import ElementwiseOperation, Program, TimeLoop, flattened
from chainrule.program.elementwise import MAX_OPERANDS
from chainrule.program.memory import ALIGN, aligned
from chainrule.program.view import MAX_AXES

__all__ = ["MICRO_WIDTH", "ProgramEncoding"]

COUNTER_BYTES = ALIGN
"""Each thread counts the steps of a loop in a cache line of its own."""

MICRO_WIDTH = 3 + (1 + MAX_OPERANDS) * (1 + MAX_AXES)
"""Columns of the table of micro-operations, as many as the strided instruction has."""


@final
class ProgramEncoding:
    """The `Encoding` of a program, to which one instruction after the other adds.

    dtype            of the program's floats
    micro            the rows of micro-operations so far; their first columns, the addresses of
                     their loops, are filled in later
    loops            the loop of each micro-operation
    numbers          the parameters of all operations
    scratch_numbers  the scratch memory that a thread needs for any of the instructions
    scratch_begin    where it begins in the arena, in bytes
    kept_numbers     the memory that is reserved for each thread, behind its scratch memory
    """

    def __init__(self, program: Program, ranks: int, begin: int) -> None:
        """For at most `ranks` threads; what is added to the arena begins at this byte."""
        loops = [one.loop for one in flattened(program.instructions) if one.begun_loop]
        distance = ranks * COUNTER_BYTES
        self._counters = {loop: begin + i * distance for i, loop in enumerate(loops)}
        self.scratch_begin = begin + len(loops) * distance
        self.dtype = program.dtype
        self.scratch_numbers = 16
        self.kept_numbers = 0
        self.micro: list[list[int]] = []
        self.loops: list[Loop] = []
        self.numbers: list[float] = []

    def scratch(self, numbers: int) -> int:
        """See `Encoding`; instructions that run one after the other share their scratch memory."""
        self.scratch_numbers = max(self.scratch_numbers, numbers)
        return self.scratch_begin // self.dtype.itemsize

    def kept(self, numbers: int) -> int:
        """See `Encoding`."""
        begin = self.kept_numbers
        self.kept_numbers += aligned(numbers)
        return begin

    def params(self, *numbers: float) -> int:
        """See `Encoding`."""
        self.numbers += map(float, numbers)
        return len(self.numbers) - len(numbers)

    def micro_operation(
        self, loop: Loop, operation: ElementwiseOperation, columns: list[int], params_column: int
    ) -> int:
        """See `Encoding`."""
        row = [0] * MICRO_WIDTH
        row[1 : 1 + len(columns)] = columns
        row[params_column] = self.params(*(number for _, number in operation.params))
        self.micro.append(row)
        self.loops.append(loop)
        return len(self.micro) - 1

    def counter(self, loop: TimeLoop) -> int:
        """See `Encoding`."""
        return self._counters[loop] * COUNTER_DISTANCE // COUNTER_BYTES
