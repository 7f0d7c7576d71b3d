"""Encoding of single instructions as rows of the tables that the interpreter reads."""

from __future__ import annotations

from typing import final

import numpy as np

from chainrule.engine.kernels.elementwise_loops import Loop, loops_of
from chainrule.engine.kernels.matrix_product import scratch_size, split
from chainrule.engine.opcodes import ACCESS, OPCODES
from chainrule.errors import GraphError
from chainrule.program import ElementwiseOperation, Instruction, Program, Register, View
from chainrule.program.epilogue import epilogue_of
from chainrule.program.fusion import matrix_strides
from chainrule.program.view import MAX_AXES, common_axes

__all__ = ["SCRATCH_COLUMN", "InstructionEncoder"]

TILE = 1024
"""Numbers in a tile, so few that several tiles fit into the first-level cache."""

SCRATCH_COLUMN = {
    OPCODES[op]: column
    for op, column in {"fused": 8, "gemm": 11, "standardize": 10, "log_loss": 8}.items()
}
"""By opcode, the column of a row that holds the distance between the threads' scratch memories.

It is known, and written, only when all instructions have been encoded.
"""


@final
class InstructionEncoder:
    """Encodes the instructions of a program, one after the other.

    micro    the rows of micro-operations so far; their first columns, the addresses of their loops,
             are filled in later
    loops    the loop of each micro-operation
    params   the parameters of all operations
    scratch  numbers of scratch memory that a thread needs for any of the instructions
    """

    def __init__(self, program: Program) -> None:
        self.scratch_offset = program.floats
        self.scratch = 16
        self.micro: list[list[int]] = []
        self.loops: list[Loop] = []
        self.params: list[float] = []

    def row(self, instruction: Instruction) -> list[int]:
        """The row of an instruction in the table, with the operands that its kernel expects."""
        op = instruction.op
        (out, *_), inputs = instruction.outputs, instruction.inputs
        offsets = [view.start for view in inputs]
        match op:
            case "fused":
                return [OPCODES[op], *self._fused(instruction)]
            case "elementwise":
                return [OPCODES["strided"], *self._strided(instruction)]
            case "gemm":
                (m, k), n = inputs[0].shape, inputs[1].shape[1]
                transposed = [int(not view.contiguous) for view in inputs[:2]]
                sizes = [m, n, k, *transposed, split(m, n, k)]
                self.scratch = max(
                    self.scratch, scratch_size(n, k, sizes[-1], b_transposed=bool(transposed[1]))
                )
                epilogue = epilogue_of(instruction)
                bias, gate = (-1 if v is None else v.start for v in (epilogue.bias, epilogue.gate))
                return [
                    OPCODES[op], *offsets[:2], out.start, *sizes, self.scratch_offset, 0,
                    bias, int(epilogue.relu), gate,
                ]  # fmt: skip
            case "sum" | "mean" | "max" | "min" | "prod" | "softmax" | "log_softmax":
                return [OPCODES[op], *offsets, out.start, *inputs[0].shape]
            case "log_loss":
                self.scratch = max(self.scratch, inputs[1].size)
                results = [view.start for view in instruction.outputs]
                return [OPCODES[op], *offsets, *results, *inputs[0].shape, self.scratch_offset]
            case "standardize":
                self.scratch = max(self.scratch, inputs[0].shape[2])
                results = [view.start for view in instruction.outputs]
                eps = self._param(instruction.attributes["eps"])
                return [
                    OPCODES[op],
                    *offsets,
                    *results,
                    self.scratch_offset,
                    *inputs[0].shape,
                    eps,
                    0,
                ]
            case "one_hot":
                classes = instruction.attributes["classes"]
                return [OPCODES[op], *offsets, out.start, inputs[0].size, classes]
            case "uniform":
                seed = np.array(instruction.attributes["seed"], np.uint64).astype(np.int64)
                return [OPCODES[op], *offsets, int(seed), out.start, out.size]
            case _:
                raise GraphError(op, expected="an opcode of the engine", got=repr(op))

    def _param(self, value: float) -> int:
        """Add a number to the parameters, and return its index."""
        self.params.append(value)
        return len(self.params) - 1

    def _params(self, operation: ElementwiseOperation) -> int:
        """Add an operation's parameters, and return the index of the first."""
        first = len(self.params)
        self.params += [float(number) for _, number in operation.params]
        return first

    def _fused(self, instruction: Instruction) -> list[int]:
        rows, columns = instruction.attributes["rows"], instruction.attributes["columns"]
        tile_rows = min(rows, max(1, TILE // columns))
        tile = min(TILE, columns) if rows == 1 else tile_rows * columns
        expanded: dict[View, int] = {}  # registers for operands that are broadcast
        used = instruction.attributes["registers"]
        first = len(self.micro)
        for micro in instruction.micro:
            row = [0, *self._operand(micro.out, tile)]
            into = [0, 0, 0]
            for operand in range(3):
                view = micro.inputs[operand] if operand < len(micro.inputs) else Register(0)
                kind, offset = self._operand(view, tile, rows, columns)
                if kind in (ACCESS["row"], ACCESS["column"], ACCESS["scalar"]):
                    assert isinstance(view, View)
                    into[operand] = expanded.setdefault(view, used + len(expanded)) * tile
                row += [kind, offset]
            self.micro.append([*row, *into, self._params(micro.operation)])
        self.loops += loops_of(instruction)
        self.scratch = max(self.scratch, (used + len(expanded)) * tile)
        return [first, len(self.micro), rows, columns, tile_rows, self.scratch_offset, tile]

    def _operand(
        self, operand: Register | View, tile: int, rows: int = 0, columns: int = 0
    ) -> tuple[int, int]:
        """The access pattern of an operand, and its offset."""
        if isinstance(operand, Register):
            return ACCESS["register"], operand.number * tile
        if not rows:
            return ACCESS["whole"], operand.start
        kinds = {(columns, 1): "whole", (0, 0): "scalar", (0, 1): "row", (1, 0): "column"}
        strides = matrix_strides(operand, rows, columns)
        assert strides is not None, "fusion checks this"
        if operand.size == 1 and not any(strides):
            return ACCESS["scalar"], operand.start
        return ACCESS[kinds[strides]], operand.start

    def _strided(self, instruction: Instruction) -> list[int]:
        out, inputs = instruction.outputs[0], instruction.inputs
        lengths, strides = common_axes(inputs)
        extra = MAX_AXES - len(lengths)
        row = [0, len(inputs), out.start]
        for operand in range(3):
            i = min(operand, len(inputs) - 1)
            row += [inputs[i].start, *([0] * extra), *strides[i]]
        first = len(self.micro)
        self.micro.append([*row, self._params(instruction.attributes["operation"])])
        self.loops += loops_of(instruction)
        tile = min(TILE, out.size)
        self.scratch = max(self.scratch, 3 * tile)
        return [first, *([1] * extra), *lengths, self.scratch_offset, tile]
