"""Runners: a program on an arena, with its calls of reference values in between."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from chainrule.engine.interpreter.encode import encode
from chainrule.engine.interpreter.interpreter import execute
from chainrule.graph import Array
from chainrule.program import Buffer, Instruction, Program, View

__all__ = ["Runner", "entries"]


@final
class Runner:
    """Runs a program once at a time on two arenas, of floats and integers.

    By `ranks` threads at most; what is run `often`, on a `batch` of rows, may be compiled first:
    see `encode`.

    >>> import numpy as np, chainrule as cr
    >>> from chainrule.engine.kernels.custom import KERNELS
    >>> from chainrule.program import plan
    >>> graph = cr.trace(lambda x, y: cr.exp(x) * y, cr.spec(2), cr.spec(2))
    >>> groups = {node: "input" for node in graph.inputs}
    >>> program = plan(
    ...     graph, np.dtype(float), groups=groups, outputs=[("z", "output")], kernels=KERNELS
    ... )
    >>> Runner(program)([0.0, 1.0], [3.0, 3.0])[0].round(6)
    array([3.      , 8.154845])
    """

    def __init__(
        self, program: Program, ranks: int = 1, *, often: bool = False, batch: View | None = None
    ) -> None:
        self.program = program
        self.code = encode(program, ranks, often=often, batch=batch)

    @property
    def compiled(self) -> bool:
        """Whether no instruction is a call of a reference value."""
        return len(self.code.segments) == 1

    def arenas(self) -> tuple[Array, Array]:
        """Arenas this program can run in."""
        return np.zeros(self.code.floats, self.program.dtype), np.zeros(
            max(self.code.ints, 1), np.int64
        )

    def prepare(self, floats: Array, integers: Array) -> None:
        """Put the constants in place: other programs may have used their room."""
        for buffer, value in self.program.constants.items():
            entries(buffer, floats, integers)[:] = value

    def run(self, floats: Array, integers: Array) -> None:
        """Run all instructions; inputs and constants must be in place."""
        for first, last, call in self.code.segments:
            self._execute(self.code.table, first, last, floats, integers)
            if call is not None:
                self._call(call, floats, integers)

    def first_not_finite(self, floats: Array, integers: Array) -> str | None:
        """Run instruction by instruction; the first whose result is not finite, by its nodes.

        An input that is not finite itself comes before all of them.
        """
        names, at = self.program.graph.names(), 0
        for node, buffer in zip(self.program.graph.inputs, self.program.inputs, strict=True):
            if not np.isfinite(entries(buffer, floats, integers)).all():
                return f"{names[node]} (input)"
        for instruction in self.program.instructions:
            if instruction.op == "call":
                self._call(instruction, floats, integers)
            else:
                self._execute(self.code.single, at, at + 1, floats, integers)
                at += 1
            for view in instruction.outputs:
                if not np.isfinite(entries(view.buffer, floats, integers)).all():
                    nodes = dict.fromkeys(names[node] for node in instruction.nodes)
                    return f"{', '.join(nodes)} ({instruction.op})"
        return None

    def __call__(self, *inputs: Any) -> list[Array]:
        """The outputs for these inputs, in arenas of their own."""
        floats, integers = self.arenas()
        self.prepare(floats, integers)
        nodes = self.program.graph.inputs
        for buffer, node, value in zip(self.program.inputs, nodes, inputs, strict=True):
            entries(buffer, floats, integers)[:] = np.asarray(value, node.spec.dtype).reshape(-1)
        self.run(floats, integers)
        return [
            entries(buffer, floats, integers).reshape(node.spec.shape).astype(node.spec.dtype)
            for buffer, node in zip(self.program.outputs, self.program.graph.outputs, strict=True)
        ]

    def _execute(self, table: Array, first: int, last: int, floats: Array, integers: Array) -> None:
        """Some rows of a table, in this thread alone."""
        micro, params = self.code.micro, self.code.params
        execute(table, first, last, micro, params, floats, integers, 0, 1, integers, 0)

    def _call(self, instruction: Instruction, floats: Array, integers: Array) -> None:
        """Run the reference value of a primitive on the arrays in the arena."""
        (out,), primitive = instruction.outputs, instruction.primitive
        assert primitive is not None
        *dtypes, made = instruction.attributes["dtypes"]
        with np.errstate(all="ignore"):
            operands = [
                _array(view, floats, integers).astype(dtype, copy=False)
                for view, dtype in zip(instruction.inputs, dtypes, strict=True)
            ]
            value = primitive.value(*operands, **instruction.attributes["parameters"])
            value = np.asarray(value, dtype=made).reshape(-1)
        entries(out.buffer, floats, integers)[:] = value


def _array(view: View, floats: Array, integers: Array) -> Array:
    """The array a view stands for, not to be written to."""
    flat = entries(view.buffer, floats, integers)
    strides = [stride * flat.itemsize for stride in view.strides]
    return np.lib.stride_tricks.as_strided(flat, view.shape, strides, writeable=False)


def entries(buffer: Buffer, floats: Array, integers: Array) -> Array:
    """The stretch of its arena that a buffer is."""
    arena = floats if buffer.kind == "float" else integers
    return arena[buffer.offset : buffer.offset + buffer.size]
