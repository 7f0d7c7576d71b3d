"""Runners: a program on an arena, with its calls of reference values in between."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from chainrule.engine.encode import encode
from chainrule.engine.machine import execute
from chainrule.graph import Array
from chainrule.program import Buffer, Instruction, Program, View

__all__ = ["Runner"]


@final
class Runner:
    """Runs a program once at a time on two arenas, of floats and integers.

    >>> import numpy as np, chainrule as cr
    >>> from chainrule.engine.opcodes import MAPS
    >>> from chainrule.program import plan
    >>> graph = cr.trace(lambda x, y: cr.exp(x) * y, cr.spec(2), cr.spec(2))
    >>> groups = {node: "input" for node in graph.inputs}
    >>> program = plan(
    ...     graph, np.dtype(float), groups=groups, outputs=[("z", "output")], kernels=MAPS
    ... )
    >>> Runner(program)([0.0, 1.0], [3.0, 3.0])[0].round(6)
    array([3.      , 8.154845])
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.code = encode(program)

    @property
    def compiled(self) -> bool:
        """Whether no instruction is a call of a reference value."""
        return len(self.code.segments) == 1

    def arenas(self) -> tuple[Array, Array]:
        """Arenas this program can run in."""
        return np.zeros(self.code.floats, self.program.dtype), np.zeros(
            max(self.program.ints, 1), np.int64
        )

    def prepare(self, floats: Array) -> None:
        """Put the constants in place: other programs may have used their room."""
        for buffer, value in self.program.constants.items():
            if buffer.kind == "float":
                floats[buffer.offset : buffer.offset + buffer.size] = value

    def run(self, floats: Array, integers: Array) -> None:
        """Run all instructions; inputs and constants must be in place."""
        code = self.code
        for first, last, call in code.segments:
            execute(code.table, first, last, code.micro, code.params, floats, integers)
            if call is not None:
                self._call(call, floats, integers)

    def first_not_finite(self, floats: Array, integers: Array) -> str | None:
        """Run instruction by instruction; the first whose result is not finite, by its nodes."""
        names, at = self.program.graph.names(), 0
        for instruction in self.program.instructions:
            if instruction.op == "call":
                self._call(instruction, floats, integers)
            else:
                code = self.code
                execute(code.table, at, at + 1, code.micro, code.params, floats, integers)
                at += 1
            for view in instruction.outputs:
                if not np.isfinite(_flat(view.buffer, floats, integers)).all():
                    nodes = dict.fromkeys(names[node] for node in instruction.nodes)
                    return f"{', '.join(nodes)} ({instruction.op})"
        return None

    def __call__(self, *inputs: Any) -> list[Array]:
        """The outputs for these inputs, in arenas of their own."""
        floats, integers = self.arenas()
        self.prepare(floats)
        for buffer, value in self.program.constants.items():
            if buffer.kind == "int":
                integers[buffer.offset : buffer.offset + buffer.size] = value
        for buffer, value in zip(self.program.inputs, inputs, strict=True):
            _flat(buffer, floats, integers)[:] = np.asarray(value).reshape(-1)
        self.run(floats, integers)
        return [
            _flat(buffer, floats, integers).reshape(node.spec.shape).astype(node.spec.dtype)
            for buffer, node in zip(self.program.outputs, self.program.graph.outputs, strict=True)
        ]

    def _call(self, instruction: Instruction, floats: Array, integers: Array) -> None:
        """Run the reference value of a primitive on the arrays in the arena."""
        (node,), primitive = instruction.nodes, instruction.primitive
        assert primitive is not None
        operands = [
            self._array(view, floats, integers).astype(source.spec.dtype, copy=False)
            for view, source in zip(instruction.inputs, node.inputs, strict=True)
        ]
        with np.errstate(all="ignore"):
            value = primitive.value(*operands, **node.params)
        out = instruction.outputs[0].buffer
        _flat(out, floats, integers)[:] = np.asarray(value).reshape(-1)

    def _array(self, view: View, floats: Array, integers: Array) -> Array:
        return _flat(view.buffer, floats, integers).reshape(view.shape)


def _flat(buffer: Buffer, floats: Array, integers: Array) -> Array:
    arena = floats if buffer.kind == "float" else integers
    return arena[buffer.offset : buffer.offset + buffer.size]
