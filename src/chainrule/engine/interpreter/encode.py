"""Encoding: a program as the tables of numbers that the machine walks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.engine.kernels.matrix_product import scratch_size, split
from chainrule.engine.opcodes import ACCESS, BARRIER, ELEMENTWISE, OPCODES, SINGLE
from chainrule.engine.small_programs import Native, native
from chainrule.engine.threads.schedule import schedule
from chainrule.errors import GraphError
from chainrule.graph import Array
from chainrule.program import Instruction, Program, Register, View
from chainrule.program.epilogue import epilogue_of
from chainrule.program.fusion import matrix_strides
from chainrule.program.memory import aligned
from chainrule.program.view import MAX_AXES, common_axes

__all__ = ["Code", "encode"]

TILE = 1024
"""Numbers of a tile: a few of them fit into the first-level cache together."""

SCRATCH = {
    OPCODES[op]: at for op, at in {"fused": 8, "gemm": 11, "standardize": 10, "log_loss": 8}.items()
}
"""Where in a row it stands how far apart the scratch memories of a team's threads lie."""

WIDTH, MICRO_WIDTH = SINGLE + 1, 18


@final
@dataclass(frozen=True, eq=False)
class Code:
    """A program as numbers.

    table     (rows, 17) opcode and operands, and how a team goes about it
    single    (instructions, 17) the same with a row for every instruction, none of them native;
              for calls, here as there, none
    micro     (operations, 18) elementwise operations of fused instructions
    params    (operations,) their parameters; those of other instructions have an operation of none
    segments  (first, last, call) stretches of the table, each with the instruction to call after it
    floats    length of the arena, scratch memory included
    ints      length of the arena of integers
    addresses where those of the batch's rows belong, which are not copied then; or −1
    ranks     threads that may run it together
    native    what native rows call
    """

    table: Array
    single: Array
    micro: Array
    params: Array
    segments: tuple[tuple[int, int, Instruction | None], ...]
    floats: int
    ints: int
    addresses: int = -1
    ranks: int = 1
    native: Native | None = None


def encode(
    program: Program, ranks: int = 1, *, often: bool = False, batch: View | None = None
) -> Code:
    """The tables of a program; scratch memory for tiles is added behind its arena.

    `ranks` threads may run it together, each in scratch memory of its own, if that is faster.  What
    is run `often` may be compiled, for one thread, whatever their number: no digit depends on it.
    The rows of a `batch` need not be copied then.
    """
    encoder = _Encoder(program)
    quick = native(program, batch) if often else None
    plan = schedule(program.instructions, 1 if quick else ranks)
    table: list[list[int]] = []
    segments: list[tuple[int, int, Instruction | None]] = []
    first = 0
    for instruction, barrier, alone in zip(
        program.instructions, plan.barrier, plan.alone, strict=True
    ):
        if instruction.op == "call":
            segments.append((first, len(table), instruction))
            first = len(table)
        else:
            row = encoder.row(instruction)
            row += [0] * (BARRIER - len(row)) + [int(barrier), int(alone)]
            table.append(row)
    scratch = aligned(encoder.scratch)
    for row in table:
        if row[0] in SCRATCH:
            row[SCRATCH[row[0]]] = scratch
    single = _matrix(table, WIDTH)
    floats = program.floats + plan.ranks * scratch
    ints, addresses = program.ints, -1
    if quick:
        table, floats = _shortened(table, quick), max(floats, quick.floats)
        addresses = quick.addresses
    if batch and addresses >= 0:
        ints = addresses + batch.shape[0]
    segments.append((first, len(table), None))
    return Code(
        _matrix(table, WIDTH),
        single,
        _matrix(encoder.micro, MICRO_WIDTH),
        np.array(encoder.params, np.float64),
        tuple(segments),
        floats,
        ints,
        addresses,
        plan.ranks,
        quick,
    )


def _shortened(table: list[list[int]], quick: Native) -> list[list[int]]:
    """The table with one row for each stretch that is machine code."""
    rows: list[list[int]] = []
    done = 0
    for stretch in quick.stretches:
        rows += table[done : stretch.first]
        rows.append([OPCODES["native"], stretch.address])
        done = stretch.last
    return rows + table[done:]


class _Encoder:
    """Holds the micro operations so far and how much scratch memory they need."""

    def __init__(self, program: Program) -> None:
        self.scratch_at = program.floats
        self.scratch = 16
        self.micro: list[list[int]] = []
        self.params: list[float] = []

    def row(self, instruction: Instruction) -> list[int]:
        """One row of the table."""
        op = instruction.op
        (out, *_), inputs = instruction.outputs, instruction.inputs
        at = [view.buffer.offset for view in inputs]
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
                bias, gate = (
                    -1 if v is None else v.buffer.offset for v in (epilogue.bias, epilogue.gate)
                )
                after = [bias, int(epilogue.relu), gate]
                return [OPCODES[op], *at[:2], out.buffer.offset, *sizes, self.scratch_at, 0, *after]
            case "sum" | "mean" | "max" | "min" | "prod" | "softmax" | "log_softmax":
                return [OPCODES[op], *at, out.buffer.offset, *inputs[0].shape]
            case "log_loss":
                self.scratch = max(self.scratch, inputs[1].size)
                places = [view.buffer.offset for view in instruction.outputs]
                return [OPCODES[op], *at, *places, *inputs[0].shape, self.scratch_at]
            case "standardize":
                self.scratch = max(self.scratch, inputs[0].shape[2])
                places = [view.buffer.offset for view in instruction.outputs]
                eps = self._param(instruction.attributes["eps"])
                return [OPCODES[op], *at, *places, self.scratch_at, *inputs[0].shape, eps, 0]
            case "one_hot":
                classes = instruction.attributes["classes"]
                return [OPCODES[op], *at, out.buffer.offset, inputs[0].size, classes]
            case "uniform":
                seed = np.array(instruction.attributes["seed"], np.uint64).astype(np.int64)
                return [OPCODES[op], *at, int(seed), out.buffer.offset, out.size]
            case _:
                raise GraphError(op, expected="an opcode the machine knows", got=repr(op))

    def _param(self, value: float) -> int:
        """Where a number stands among the parameters."""
        self.micro.append([])
        self.params.append(value)
        return len(self.params) - 1

    def _fused(self, instruction: Instruction) -> list[int]:
        rows, columns = instruction.attributes["rows"], instruction.attributes["columns"]
        tile_rows = min(rows, max(1, TILE // columns))
        tile = min(TILE, columns) if rows == 1 else tile_rows * columns
        spread: dict[View, int] = {}
        used = instruction.attributes["registers"]
        first = len(self.micro)
        for micro in instruction.micro:
            row = [micro.kernel or ELEMENTWISE[micro.op], *self._place(micro.out, tile)]
            into = [0, 0, 0]
            for operand in range(3):
                view = micro.inputs[operand] if operand < len(micro.inputs) else Register(0)
                kind, at = self._place(view, tile, rows, columns)
                if kind in (ACCESS["row"], ACCESS["column"], ACCESS["one"]):
                    assert isinstance(view, View)
                    into[operand] = spread.setdefault(view, used + len(spread)) * tile
                row += [kind, at]
            self.micro.append([*row, *into])
            self.params.append(micro.params[0] if micro.params else 0.0)
        self.scratch = max(self.scratch, (used + len(spread)) * tile)
        return [first, len(self.micro), rows, columns, tile_rows, self.scratch_at, tile]

    def _place(
        self, operand: Register | View, tile: int, rows: int = 0, columns: int = 0
    ) -> tuple[int, int]:
        """How an operand is walked, and from where."""
        if isinstance(operand, Register):
            return ACCESS["register"], operand.number * tile
        if not rows:
            return ACCESS["whole"], operand.buffer.offset
        kinds = {(columns, 1): "whole", (0, 0): "one", (0, 1): "row", (1, 0): "column"}
        strides = matrix_strides(operand, rows, columns)
        assert strides is not None, "fusion has checked it"
        if operand.size == 1 and not any(strides):
            return ACCESS["one"], operand.buffer.offset
        return ACCESS[kinds[strides]], operand.buffer.offset

    def _strided(self, instruction: Instruction) -> list[int]:
        out, inputs = instruction.outputs[0], instruction.inputs
        lengths, strides = common_axes(inputs)
        extra = MAX_AXES - len(lengths)
        kernel, name = instruction.attributes["kernel"], instruction.attributes["name"]
        row = [kernel or ELEMENTWISE[name], len(inputs), out.buffer.offset]
        for operand in range(3):
            i = min(operand, len(inputs) - 1)
            row += [inputs[i].buffer.offset, *([0] * extra), *strides[i]]
        first = len(self.micro)
        self.micro.append(row)
        params = instruction.attributes["params"]
        self.params.append(params[0] if params else 0.0)
        tile = min(TILE, out.size)
        self.scratch = max(self.scratch, 3 * tile)
        return [first, *([1] * extra), *lengths, self.scratch_at, tile]


def _matrix(rows: list[list[int]], width: int) -> Array:
    matrix = np.zeros((len(rows), width), np.int64)
    for i, row in enumerate(rows):
        matrix[i, : len(row)] = row
    return matrix
