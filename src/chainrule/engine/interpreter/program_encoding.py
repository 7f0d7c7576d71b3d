"""What the encodings of a program's instructions share: micro-operations, parameters, scratch."""

from __future__ import annotations

from typing import final

from chainrule.engine.instructions.loop import COUNTER_DISTANCE
from chainrule.engine.kernels.elementwise_loops import Loop
from chainrule.program import ElementwiseOperation, Program, TimeLoop
from chainrule.program.elementwise import MAX_OPERANDS
from chainrule.program.memory import aligned
from chainrule.program.view import MAX_AXES

__all__ = ["MICRO_WIDTH", "ProgramEncoding"]

MICRO_WIDTH = 3 + (1 + MAX_OPERANDS) * (1 + MAX_AXES)
"""Columns of the table of micro-operations, as many as the strided instruction has."""


@final
class ProgramEncoding:
    """The `Encoding` of a program, to which one instruction after the other adds.

    micro            the rows of micro-operations so far; their first columns, the addresses of
                     their loops, are filled in later
    loops            the loop of each micro-operation
    numbers          the parameters of all operations
    scratch_numbers  the scratch memory that a thread needs for any of the instructions
    ints             length of the arena of integers, with the counters of loops so far
    """

    def __init__(self, program: Program, ranks: int, ints: int) -> None:
        """For at most `ranks` threads; the first `ints` integers may be in use."""
        self._scratch_offset = program.floats
        self.scratch_numbers = 16
        self.micro: list[list[int]] = []
        self.loops: list[Loop] = []
        self.numbers: list[float] = []
        self.ints, self._counters_begin, self._ranks = program.ints, aligned(ints), ranks
        self._counters: dict[TimeLoop, int] = {}

    def scratch(self, numbers: int) -> int:
        """See `Encoding`; instructions that run one after the other share their scratch memory."""
        self.scratch_numbers = max(self.scratch_numbers, numbers)
        return self._scratch_offset

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
        if loop not in self._counters:
            distance = self._ranks * COUNTER_DISTANCE
            self._counters[loop] = self._counters_begin + len(self._counters) * distance
            self.ints = self._counters[loop] + distance
        return self._counters[loop]
