"""Evaluations: programs that predict, and how one is run on an array."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, final

from chainrule.engine.interpreter.interpreter import execute
from chainrule.engine.interpreter.runner import Runner, entries
from chainrule.engine.kernels.custom import KERNELS
from chainrule.engine.threads.pool import run_parallel, thread_limit
from chainrule.graph import Array, Spec
from chainrule.nn import Layer
from chainrule.nn.prediction import trace_prediction
from chainrule.program import Program, plan

__all__ = ["Evaluation", "plan_prediction"]

LARGE = 1 << 16
"""Numbers from which on an input is multiplied where it lies: to copy it would cost more."""


def plan_prediction(
    model: Layer, shape: tuple[int, ...], start: int, transposed: Collection[str] = ()
) -> Runner:
    """The program for inputs of a shape, in arenas that begin with parameters, then buffers.

    What else it needs begins at `start`; the parameters `transposed` lie by columns.  Raises ShapeError
    where the model does not take the inputs.
    """
    graph = trace_prediction(model, Spec(shape, model.dtype))
    parameters = model.parameters()
    sizes = [tensor.size for tensor in parameters.values()]
    named = zip(parameters, graph.inputs, strict=False)  # buffers and x follow
    groups = ["parameter"] * len(sizes) + ["buffer"] * len(model.buffers()) + ["input"]
    return Runner(
        plan(
            graph,
            model.dtype,
            groups=dict(zip(graph.inputs, groups, strict=True)),
            outputs=[("outputs", "output")],
            kernels=KERNELS,
            fixed={"parameter": 0, "buffer": sum(sizes)},
            start=start,
            transposed=[node for name, node in named if name in transposed],
        ),
        thread_limit(),
    )


@final
class Evaluation:
    """A program that predicts, in the arenas it runs in.  Each result is an array of its own."""

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
        self.prepare = partial(runner.prepare, floats, integers)
        self._entry = entry
        self._result: Callable[[], Array] = (
            result.copy if result.dtype == spec.dtype else partial(result.astype, spec.dtype)
        )
        self._execute = partial(runner.run, floats, integers)
        self._table = code.table.copy()  # the place of the input changes in it
        self._start = floats.ctypes.data
        self._outside = entry.size >= LARGE and runner.compiled and _only_multiplied(program)
        if runner.compiled:
            arguments = self._table, 0, len(code.table), code.micro, code.params, floats, integers
            self._execute = partial(execute, *arguments, 0, 1, integers, 0)
            if code.ranks > 1:
                self._execute = partial(_shared, code.ranks, arguments)

    def run(self, x: Array) -> Array:
        """The outputs for `x`, of the program's shape and any real dtype; constants in place."""
        if not (self._outside and x.dtype == self._entry.dtype and x.flags.carray):
            self._entry[...] = x
            x = self._entry
        if self._outside:  # places count from where the arena begins, wherever an array lies
            self._table[0, 1] = (x.ctypes.data - self._start) // x.itemsize
        self._execute()
        return self._result()


def _shared(ranks: int, arguments: Any) -> None:
    """Run a program by a team."""
    run: Any = execute
    run_parallel(
        ranks,
        lambda rank, ranks, counter: run(*arguments, rank, ranks, counter, 0),
        claims=len(arguments[0]),
        met=True,
    )


def _only_multiplied(program: Program) -> bool:
    """Whether the input is read by the first instruction alone, as it lies, to be multiplied."""
    x = program.inputs[-1]
    readers = [
        i for i, made in enumerate(program.instructions) for v in made.inputs if v.buffer is x
    ]
    first = program.instructions[0] if program.instructions else None
    return (
        first is not None and readers == [0] and first.op == "gemm" and first.inputs[0].contiguous
    )
