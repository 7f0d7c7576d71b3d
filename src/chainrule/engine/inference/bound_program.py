"""A prediction's program bound to the arenas in which it runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, final

from chainrule.engine.instructions import record_of
from chainrule.engine.interpreter import Runner
from chainrule.engine.interpreter.arena import entries
from chainrule.engine.interpreter.interpreter import execute
from chainrule.engine.threads import run_parallel
from chainrule.graph import Array
from chainrule.program import Program

__all__ = ["BoundProgram"]

LEFT = record_of("gemm").column("left")
"""The column of the offset of a product's left factor."""

LARGE = 1 << 16
"""An input of at least this many numbers is read in place: copying it would take longer."""


@final
class BoundProgram:
    """A program of `plan_prediction` bound to its arenas, which runs on one input after another.

    Everything a call needs is looked up once, when the program is bound.  Each result is a new
    array.
    """

    def __init__(self, runner: Runner, floats: Array, integers: Array) -> None:
        program, code = runner.program, runner.code
        spec = program.graph.outputs[0].spec
        entry, result = (
            entries(buffer, floats, integers).reshape(node.spec.shape)
            for buffer, node in (
                (program.inputs[-1], program.graph.inputs[-1]),
                (program.outputs[0], program.graph.outputs[0]),
            )
        )
        self.load_constants = partial(runner.load_constants, floats, integers)
        self._input = entry
        self._result: Callable[[], Array] = (
            result.copy if result.dtype == spec.dtype else partial(result.astype, spec.dtype)
        )
        self._execute = partial(runner.run, floats, integers)
        self._table = code.table.copy()  # the offset of the input changes in it
        self._arena_address = floats.ctypes.data
        self._in_place = entry.size >= LARGE and runner.compiled and _only_multiplied(program)
        if runner.compiled:
            arguments = self._table, 0, len(code.table), code.micro, code.params, floats, integers
            self._execute = partial(execute, *arguments, 0, 1, integers, 0)
            if code.ranks > 1:
                self._execute = partial(_execute_in_threads, code.ranks, arguments)

    def run(self, x: Array) -> Array:
        """The outputs for `x`, which has the program's shape and any real dtype.

        Parameters, buffers and constants must be in the arenas.
        """
        if not (self._in_place and x.dtype == self._input.dtype and x.flags.carray):
            self._input[...] = x
            x = self._input
        if self._in_place:  # any array is at some offset from the arena
            self._table[0, LEFT] = (x.ctypes.data - self._arena_address) // x.itemsize
        self._execute()
        return self._result()


def _execute_in_threads(ranks: int, arguments: Any) -> None:
    run: Any = execute
    run_parallel(
        ranks,
        lambda rank, ranks, counter: run(*arguments, rank, ranks, counter, 0),
        claims=len(arguments[0]),
        ends_at_barrier=True,
    )


def _only_multiplied(program: Program) -> bool:
    """Whether only the first instruction reads the input, row-major, as the left factor."""
    x = program.inputs[-1]
    readers = [
        i
        for i, instruction in enumerate(program.instructions)
        for view in instruction.inputs
        if view.buffer is x
    ]
    first = program.instructions[0] if program.instructions else None
    if first is None or readers != [0] or first.op != "gemm":
        return False
    left = first.inputs[0]
    return left.buffer is x and left.covers_buffer
