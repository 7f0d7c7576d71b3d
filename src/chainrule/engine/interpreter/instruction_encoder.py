"""Encoding of single instructions as rows of the tables that the interpreter reads."""

from __future__ import annotations

from dataclasses import replace
from typing import final

import numpy as np

from chainrule.engine.interpreter.loop_order import loop_order
from chainrule.engine.kernels.matrix_product import scratch_size, split
from chainrule.engine.opcodes import ACCESS, ELEMENTWISE, OPCODES
from chainrule.errors import GraphError
from chainrule.program import Instruction, Program, Register, View
from chainrule.program.epilogue import epilogue_of
from chainrule.program.fusion import matrix_strides
from chainrule.program.view import MAX_AXES, common_axes, matrix_order

__all__ = ["SCRATCH_COLUMN", "InstructionEncoder"]

TILE = 1024
"""Numbers in a tile, so few that several tiles fit into the first-level cache."""

SCRATCH_COLUMN = {
    OPCODES[op]: column
    for op, column in {
        "fused": 8,
        "gemm": 11,
        "gemm_stack": 11,
        "standardize": 10,
        "log_loss": 8,
    }.items()
}
"""By opcode, the column of a row that holds the distance between the threads' scratch memories.

It is known, and written, only when all instructions have been encoded.
"""


@final
class InstructionEncoder:
    """Encodes the instructions of a program, one after the other.

    micro    the rows of micro-operations so far
    params   their parameters
    scratch  numbers of scratch memory that a thread needs for any of the instructions
    """

    def __init__(self, program: Program) -> None:
        self.scratch_offset = program.floats
        self.scratch = 16
        self.micro: list[list[int]] = []
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
            case "copy_integers":
                return [OPCODES[op], *self._strided(instruction)]
            case "gemm":
                return [OPCODES[op], *self._product(instruction, (inputs[0], inputs[1], out))]
            case "gemm_stack":
                a, b, result = (
                    replace(v, shape=v.shape[2:], strides=v.strides[2:]) for v in (*inputs, out)
                )
                steps = [stride for v in (*inputs, out) for stride in v.strides[:2]]
                product = self._product(instruction, (a, b, result))
                return [OPCODES[op], *product, *out.shape[:2], *steps]
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

    def _product(self, instruction: Instruction, matrices: tuple[View, View, View]) -> list[int]:
        """The columns that describe the product of the first two of three matrices."""
        a, b, out = matrices
        (m, k), n = a.shape, b.shape[1]
        orders = [matrix_order(view) for view in matrices]
        assert all(order is not None for order in orders), "lowering copies other operands"
        transposed, distances = zip(*(order for order in orders if order), strict=True)
        divided = split(m, n, k)
        self.scratch = max(self.scratch, scratch_size(n, k, divided, b_transposed=transposed[1]))
        epilogue = epilogue_of(instruction)
        bias, gate = (-1 if v is None else v.start for v in (epilogue.bias, epilogue.gate))
        return [
            a.start, b.start, out.start, m, n, k, *map(int, transposed[:2]), divided,
            self.scratch_offset, 0, bias, int(epilogue.relu), gate, *distances,
        ]  # fmt: skip

    def _param(self, value: float) -> int:
        """Add a number to the parameters, and return its index."""
        self.micro.append([])
        self.params.append(value)
        return len(self.params) - 1

    def _fused(self, instruction: Instruction) -> list[int]:
        rows, columns = instruction.attributes["rows"], instruction.attributes["columns"]
        tile_rows = min(rows, max(1, TILE // columns))
        tile = min(TILE, columns) if rows == 1 else tile_rows * columns
        expanded: dict[View, int] = {}  # registers for operands that are broadcast or have gaps
        copied: set[Register | View] = set()  # operands with gaps that are in their registers
        used = instruction.attributes["registers"]
        first = len(self.micro)
        for micro in instruction.micro:
            row: list[int] = [micro.kernel or ELEMENTWISE[micro.op]]
            into: list[int] = []
            distances: list[int] = []
            for operand in range(-1, 3):
                view = micro.out
                if operand >= 0:
                    view = micro.inputs[operand] if operand < len(micro.inputs) else Register(0)
                kind, offset, distance = self._operand(view, tile, rows, columns)
                register = 0
                if kind not in (ACCESS["whole"], ACCESS["register"]):
                    assert isinstance(view, View)
                    register = expanded.setdefault(view, used + len(expanded)) * tile
                    if view in copied and operand >= 0:
                        kind, offset = ACCESS["register"], register
                row += [kind, offset]
                into.append(register)
                distances.append(distance)
            gaps = ACCESS["rows"]
            copied |= {v for i, v in enumerate(micro.inputs) if row[3 + 2 * i] == gaps}
            if row[1] == gaps:
                copied.add(micro.out)
            self.micro.append([*row, *into, *distances])
            self.params.append(micro.params[0] if micro.params else 0.0)
        self.scratch = max(self.scratch, (used + len(expanded)) * tile)
        return [first, len(self.micro), rows, columns, tile_rows, self.scratch_offset, tile]

    def _operand(
        self, operand: Register | View, tile: int, rows: int, columns: int
    ) -> tuple[int, int, int]:
        """The access pattern of an operand, its offset, and the distance between its rows."""
        if isinstance(operand, Register):
            return ACCESS["register"], operand.number * tile, 0
        strides = matrix_strides(operand, rows, columns)
        assert strides is not None, "fusion checks this"
        match strides:
            case (0, 0):
                kind = "scalar"
            case (0, 1):
                kind = "row"
            case (_, 0):
                kind = "column"
            case (distance, _):
                kind = "whole" if distance == columns else "rows"
        return ACCESS[kind], operand.start, strides[0]

    def _strided(self, instruction: Instruction) -> list[int]:
        out, inputs = instruction.outputs[0], instruction.inputs
        lengths, strides = loop_order(*common_axes([out, *inputs]))
        extra = MAX_AXES - len(lengths)
        kernel, name = instruction.attributes["kernel"], instruction.attributes["name"]
        row = [kernel or ELEMENTWISE[name], len(inputs)]
        for operand in range(4):
            i = min(operand, len(inputs))
            row += [(out, *inputs)[i].start, *([0] * extra), *strides[i]]
        first = len(self.micro)
        self.micro.append(row)
        params = instruction.attributes["params"]
        self.params.append(params[0] if params else 0.0)
        tile = min(TILE, out.size)
        self.scratch = max(self.scratch, 4 * tile)
        return [first, *([1] * extra), *lengths, self.scratch_offset, tile]
