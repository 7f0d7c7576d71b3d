"""A prediction's program bound to the arena in which it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, final

from chainrule.engine.inference.prediction_plan import PredictionPlan
from chainrule.engine.instructions import record_of
from chainrule.engine.interpreter.arena import Arena
from chainrule.engine.interpreter.interpreter import execute
from chainrule.engine.threads import run_parallel
from chainrule.errors import OptionError
from chainrule.graph import Array
from chainrule.program import Program

__all__ = ["BoundProgram"]

LEFT = record_of("gemm").column("left")
"""The column of the offset of a product's left factor."""

LARGE = 1 << 16
"""An input of at least this many numbers is read in place: copying it would take longer."""


@final
class BoundProgram:
    """A program of `plan_prediction` bound to its arena, which runs on one input after another.

    Everything a call needs is looked up once, when the program is bound.  Each result is a new
    array.
    """

    def __init__(self, planned: PredictionPlan, arena: Arena) -> None:
        runner = planned.runner
        program, code, graph = runner.program, runner.code, runner.program.graph
        buffers, nodes = program.inputs[-planned.inputs :], graph.inputs[-planned.inputs :]
        self._inputs = [
            arena.entries(buffer).reshape(node.spec.shape)
            for buffer, node in zip(buffers, nodes, strict=True)
        ]
        results = [
            _copier(arena.entries(buffer).reshape(node.spec.shape), node.spec.dtype)
            for buffer, node in zip(program.outputs, graph.outputs, strict=True)
        ]
        self.load_constants = partial(runner.load_constants, arena)
        self._input = entry = self._inputs[-1]
        if entry.dtype.kind in "iu":
            self.run = self._run_integers
        self._result: Callable[[], Any] = results[0]
        if planned.rebuild is not None:
            self._result = partial(_rebuilt, planned.rebuild, results)
        self._execute = partial(runner.run, arena)
        self._table = code.table.copy()  # the offset of the input changes in it
        self._arena_address = arena.bytes.ctypes.data
        self._in_place = entry.size >= LARGE and runner.compiled and _only_multiplied(program)
        if runner.compiled:
            floats, integers = arena.floats, arena.integers
            arguments = self._table, 0, len(code.table), code.micro, code.params, floats, integers
            self._execute = partial(execute, *arguments, 0, 1, integers, 0)
            if code.ranks > 1:
                # rows are claimed once: not in a loop, where an instruction runs again
                loops = any(one.begun_loop for one in program.instructions)
                claims = 0 if loops else len(self._table)
                self._execute = partial(_execute_in_threads, code.ranks, claims, arguments)

    def run_tree(self, inputs: Sequence[Array]) -> Any:
        """The outputs for all inputs, each of its shape in the program; see `run`."""
        for entry, x in zip(self._inputs, inputs, strict=True):
            entry[...] = x
        if self._in_place:
            self._read_from(self._input)
        self._execute()
        return self._result()

    def _read_from(self, x: Array) -> None:
        """Let the first instruction read `x`, as any array is at some offset from the arena."""
        self._table[0, LEFT] = (x.ctypes.data - self._arena_address) // x.itemsize

    def run(self, x: Array) -> Any:
        """The outputs for `x`, which has the program's shape and any real dtype.

        Parameters, buffers and constants must be in the arena.
        """
        if not (self._in_place and x.dtype == self._input.dtype and x.flags.carray):
            self._input[...] = x
            x = self._input
        if self._in_place:
            self._read_from(x)
        self._execute()
        return self._result()

    def _run_integers(self, x: Array) -> Any:
        """`run` for a program whose input is of integers."""
        if x.dtype.kind not in "iub":
            raise OptionError(
                "predict",
                expected="integers",
                got=str(x.dtype),
                remedy="convert them with x.astype(int)",
            )
        return self.run_tree([x])


def _copier(result: Array, dtype: Any) -> Callable[[], Array]:
    """The function that returns a new array of this dtype with the numbers in `result`."""
    return result.copy if result.dtype == dtype else partial(result.astype, dtype)


def _rebuilt(rebuild: Callable[[list[Array]], Any], results: list[Callable[[], Array]]) -> Any:
    return rebuild([result() for result in results])


def _execute_in_threads(ranks: int, claims: int, arguments: Any) -> None:
    run: Any = execute
    run_parallel(
        ranks,
        lambda rank, ranks, counter: run(*arguments, rank, ranks, counter, 0),
        claims=claims,
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
