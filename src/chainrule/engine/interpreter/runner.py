"""The runner of a program: it alternates between the interpreter and calls of reference values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np

from chainrule.engine.instructions.loop import COPY
from chainrule.engine.interpreter.arena import Arena
from chainrule.engine.interpreter.encode import encode, resolve_loops
from chainrule.engine.interpreter.interpreter import execute
from chainrule.engine.interpreter.kernel_addresses import resolve_kernels
from chainrule.engine.interpreter.reference import array_of, call_by_reference
from chainrule.engine.threads.schedule import MEASURED, Tuning
from chainrule.graph import Array, Node
from chainrule.program import Instruction, Program, TimeLoop, View, flattened

__all__ = ["Runner"]


@final
class Runner:
    """Runs a program in an arena, which the caller provides.

    The program is encoded for `ranks` threads at most.  If it will run `often`, on a `batch` of
    rows, it may be compiled to machine code first: see `encode`, also for `tuning`.

    >>> import numpy as np, chainrule as cr
    >>> from chainrule.program import plan
    >>> graph = cr.trace(lambda x, y: cr.exp(x) * y, cr.spec(2), cr.spec(2))
    >>> groups = {node: "input" for node in graph.inputs}
    >>> program = plan(graph, np.dtype(float), groups=groups, outputs=[("z", "output")])
    >>> Runner(program)([0.0, 1.0], [3.0, 3.0])[0].round(6)
    array([3.      , 8.154845])
    """

    def __init__(
        self,
        program: Program,
        ranks: int = 1,
        *,
        often: bool = False,
        batch: View | None = None,
        tuning: Tuning = MEASURED,
    ) -> None:
        self.program = program
        self.code = encode(program, ranks, often=often, batch=batch, tuning=tuning)

    @property
    def compiled(self) -> bool:
        """Whether compiled code runs the whole program, with no call of a reference value."""
        return len(self.code.segments) == 1

    def arena(self) -> Arena:
        """A new arena that is large enough for this program."""
        return Arena(self.code.size, self.program.dtype)

    def load_constants(self, arena: Arena) -> None:
        """Write the program's constants, whose buffers other programs may have overwritten."""
        for buffer, value in self.program.constants.items():
            arena.entries(buffer)[:] = value

    def run(self, arena: Arena) -> None:
        """Run all instructions; inputs and constants must have been written."""
        for first, last, call in self.code.segments:
            self._execute(self.code.table, first, last, arena)
            if call is not None:
                call_by_reference(call, arena)

    def first_not_finite(self, arena: Arena) -> str | None:
        """Run one instruction at a time; name the nodes of the first whose result is not finite.

        If an input is not finite, that input is named.  In a loop it is a node of the body, and the
        step of time is said.
        """
        resolve_loops(self.code, self.program.dtype)
        resolve_kernels(self.code.single, self.program.dtype)
        names = self.program.graph.names()
        for node, buffer in zip(self.program.graph.inputs, self.program.inputs, strict=True):
            if not np.isfinite(arena.entries(buffer)).all():
                return f"{names[node]} (input)"
        return self._first_of(self.program.instructions, 0, names, arena, 0)

    def _first_of(
        self,
        instructions: Sequence[Instruction],
        row: int,
        names: Mapping[Node, str],
        arena: Arena,
        time: int,
    ) -> str | None:
        """See `first_not_finite`; the instructions begin at a row of the table without regions.

        They run at a time of the loop around them.
        """
        called = {call for _, _, call in self.code.segments}
        for instruction in instructions:
            if instruction in called:
                call_by_reference(instruction, arena)
            else:
                self._execute(self.code.single, row, row + 1, arena)
                row += 1
            if (loop := instruction.begun_loop) is not None:
                found = self._first_in_loop(loop, row, arena)
                if found is not None:
                    return f"{found} of {_named(instruction, names)}"
                row += sum(1 for _ in flattened([instruction])) - 1
                continue
            # what a loop copies has been looked at, and other steps may not have written theirs yet
            for view in () if instruction.op in COPY.ops else instruction.outputs:
                if not np.isfinite(array_of(view.at_time(time), arena)).all():
                    return f"{_named(instruction, names)} ({instruction.op})"
        return None

    def _first_in_loop(self, loop: TimeLoop, row: int, arena: Arena) -> str | None:
        """See `first_not_finite`; `row` is the one behind that which begins the loop."""
        names, first = loop.graph.names(), row + len(loop.enter)
        self._execute(self.code.single, row, first, arena)
        end = first + sum(1 for _ in flattened(loop.body))
        for t in loop.times:
            found = self._first_of(loop.body, first, names, arena, t)
            if found is not None:
                return f"{found} in step {t}"
            self._execute(self.code.single, end, end + 1, arena)
        return None

    def __call__(self, *inputs: Any) -> list[Array]:
        """The outputs for these inputs, in an arena of their own."""
        arena = self.arena()
        self.load_constants(arena)
        nodes = self.program.graph.inputs
        for buffer, node, value in zip(self.program.inputs, nodes, inputs, strict=True):
            arena.entries(buffer)[:] = np.asarray(value, node.spec.dtype).reshape(-1)
        self.run(arena)
        return [
            arena.entries(buffer).reshape(node.spec.shape).astype(node.spec.dtype)
            for buffer, node in zip(self.program.outputs, self.program.graph.outputs, strict=True)
        ]

    def _execute(self, table: Array, first: int, last: int, arena: Arena) -> None:
        """Run rows `first` to `last` of a table, in this thread alone."""
        micro, params = self.code.micro, self.code.params
        floats, integers = arena.floats, arena.integers
        execute(table, first, last, micro, params, floats, integers, 0, 1, integers, 0)


def _named(instruction: Instruction, names: Mapping[Node, str]) -> str:
    """The names of the nodes that an instruction computes."""
    return ", ".join(dict.fromkeys(names[node] for node in instruction.nodes))
