"""The record of an instruction: all that the engine knows about it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np

from chainrule.engine.emission.native_writer import NativeWriter
from chainrule.engine.kernels.elementwise_loops import Loop
from chainrule.program import ElementwiseOperation, Instruction, TimeLoop

__all__ = [
    "COMMON_FIELDS",
    "KEPT",
    "SCRATCH_DISTANCE",
    "Encoding",
    "InstructionRecord",
    "memory_bound",
]

COMMON_FIELDS = ("opcode", "kernel", "barrier", "single")
"""The first columns of every row; a kernel sees the columns after them.

They hold the number of the record, the address of its compiled kernel, whether a barrier precedes
the instruction, and whether only thread 0 runs it.
"""

SCRATCH_DISTANCE = "scratch_distance"
"""The field, in records that have it, of the distance between the threads' scratch memories.

It is known, and written, only when all instructions have been encoded.
"""


KEPT = "kept"
"""The field, in records that have it, of the offset of memory that is reserved for thread 0, or −1.

It is written when all instructions have been encoded.
"""


class Encoding(Protocol):
    """What the encoding of an instruction may need from that of its program.

    dtype   of the program's floats
    """

    dtype: np.dtype[Any]

    def scratch(self, numbers: int) -> int:
        """Reserve scratch memory for each thread; returns the offset of that of thread 0."""
        ...

    def kept(self, numbers: int) -> int:
        """Reserve memory for each thread that nothing else uses; returns where it begins there."""
        ...

    def params(self, *numbers: float) -> int:
        """Add parameters to those of the program; returns the index of the first."""
        ...

    def micro_operation(
        self, loop: Loop, operation: ElementwiseOperation, columns: list[int], params_column: int
    ) -> int:
        """Add a row after the address of its loop, with the index of its parameters in a column.

        Returns the number of the row.
        """
        ...

    def counter(self, loop: TimeLoop) -> int:
        """Where, among the integers, thread 0's counter of a loop's steps is."""
        ...


def memory_bound(instruction: Instruction) -> float:
    """The nanoseconds of an instruction that does little with each number."""
    return sum(view.size for view in (*instruction.inputs, *instruction.outputs)) / 16


@final
@dataclass(frozen=True, eq=False)
class InstructionRecord:
    """An instruction of the engine, or several that share a kernel.

    ops          the opcodes of a program's instructions that it runs
    fields       the names of the columns of its rows, after `COMMON_FIELDS`
    encode       (instruction, encoding) → the value of each field; those left out are 0
    kernel       (row, micro, params, A, integers, rank, ranks, counter, claim): compiled code that
                 runs a row on the arena, seen as floats and as integers, or the share of one thread
    nanoseconds  roughly how long one thread takes
    shared       whether several threads may each do a part
    by_rows      at which places those inputs are of which each thread reads only its own rows, as
                 it writes only those of the outputs: see `RowShare`; empty where it is not shared
                 so
    native       how it is emitted as a part of native code, if it can be
    jumps        whether the kernel returns how many rows back to go on at; −1 is the next row
    """

    ops: tuple[str, ...]
    fields: tuple[str, ...]
    encode: Callable[[Instruction, Encoding], Mapping[str, int]]
    kernel: Any
    nanoseconds: Callable[[Instruction], float] = memory_bound
    shared: bool = True
    by_rows: Callable[[Instruction], Collection[int]] = lambda instruction: ()
    native: NativeWriter | None = None
    jumps: bool = False

    def column(self, field: str) -> int:
        """The column of a field in the table of instructions."""
        return (*COMMON_FIELDS, *self.fields).index(field)

    def row(self, instruction: Instruction, encoding: Encoding) -> list[int]:
        """The columns of an instruction after `COMMON_FIELDS`."""
        values = self.encode(instruction, encoding)
        assert set(values) <= set(self.fields), f"{self.ops}: {set(values) - set(self.fields)}"
        return [int(values.get(field, 0)) for field in self.fields]
