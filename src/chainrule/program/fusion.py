"""Fusion: elementwise instructions that share operands become one pass over memory.

A fused instruction computes one tile of rows at a time.  Values that no other instruction needs
never leave the tile: they are held in registers.  Every operand is read as a matrix in one of five
access patterns: all entries, rows of a wider matrix, one row for all rows, one entry per row, or
one entry for all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from chainrule.program.instruction import Instruction, MicroOp, Register
from chainrule.program.overlap import may_overlap
from chainrule.program.view import Buffer, View

__all__ = ["fuse", "matrix_shapes", "matrix_strides"]

MatrixShape = tuple[int, int]

MAX_PARTS = 16
"""The most accesses of one buffer within a group that are compared with a new one."""


def matrix_strides(view: View, rows: int, columns: int) -> tuple[int, int] | None:
    """The strides of `view` as a matrix of rows × columns, or None if kernels cannot read it.

    Kernels know five access patterns: (columns, 1) is all entries, (n, 1) rows at a distance of n,
    (0, 1) one row, (n, 0) one column, (0, 0) one entry.
    """
    matrix = view.reshape((rows, columns))
    if matrix is None:
        return None
    strides = (matrix.strides[0] if rows > 1 else 0, matrix.strides[1] if columns > 1 else 0)
    if rows == columns == 1:
        # not (0, 0): a repeated entry is copied over a tile before the first operation runs, but
        # this one may be the result of an operation of the same instruction
        return (1, 1)
    if rows == 1:
        return {1: (columns, 1), 0: (0, 0)}.get(strides[1])
    if columns == 1:
        return (strides[0], 1) if strides[0] else (0, 0)
    return strides if strides[1] in (0, 1) else None


def matrix_shapes(shape: tuple[int, ...]) -> list[MatrixShape]:
    """The ways to read an array of `shape` as rows × columns, starting with a single row.

    >>> matrix_shapes((2, 3, 4))
    [(1, 24), (2, 12), (6, 4)]
    """
    shapes = [(1, math.prod(shape))]
    for axis in range(1, len(shape)):
        pair = (math.prod(shape[:axis]), math.prod(shape[axis:]))
        if pair not in shapes:
            shapes.append(pair)
    return shapes


class _Group:
    """Elementwise instructions to run as one, at the position of the first."""

    def __init__(self, instruction: Instruction, shape: MatrixShape) -> None:
        self.members: list[Instruction] = []
        self.shape = shape
        self.size = instruction.outputs[0].size
        self.written: set[Buffer] = set()
        self.accesses: dict[Buffer, dict[View, bool]] = {}  # whether the view is written
        self.add(instruction)

    def add(self, instruction: Instruction) -> None:
        """Run an instruction after the others."""
        self.members.append(instruction)
        for view, writes in _accesses(instruction):
            seen = self.accesses.setdefault(view.buffer, {})
            seen[view] = writes or seen.get(view, False)
            if writes:
                self.written.add(view.buffer)

    def joint_shape(
        self, instruction: Instruction, possible: Sequence[MatrixShape], *, together: bool
    ) -> MatrixShape | None:
        """The matrix shape under which `instruction` can join, or None.

        Unless `together`, only an instruction that reads a result of the group joins it.
        """
        if instruction.outputs[0].size != self.size:
            return None
        if not (together or any(view.buffer in self.written for view in instruction.inputs)):
            return None
        shape = self.shape if self.shape in possible else None
        # members that can be read as a single row can be read in every other shape too
        if shape is None and self.shape[0] == 1:
            shape = next((shape for shape in possible if shape[0] != 1), None)
        if shape is None or not all(
            self._in_step(view, shape, writes=writes) for view, writes in _accesses(instruction)
        ):
            return None
        return shape

    def _in_step(self, view: View, shape: MatrixShape, *, writes: bool) -> bool:
        """Whether a view may be accessed tile by tile, in turn with what the group accesses.

        Another view of the buffer must have its entries in the same tiles, or none in common,
        unless both are only read.
        """
        others = [v for v, w in self.accesses.get(view.buffer, {}).items() if writes or w]
        if len(others) > MAX_PARTS:
            return False
        strides = matrix_strides(view, *shape)
        return all(
            (other.offset == view.offset and matrix_strides(other, *shape) == strides)
            or not may_overlap(view, other)
            for other in others
        )


def _accesses(instruction: Instruction) -> list[tuple[View, bool]]:
    """The views that an instruction reads, then those that it writes, with whether it writes."""
    reads, writes = instruction.inputs, instruction.outputs
    return [*((view, False) for view in reads), *((view, True) for view in writes)]


def fuse(
    instructions: Sequence[Instruction], live_out: set[Buffer], *, together: bool = False
) -> list[Instruction]:
    """Fuse "elementwise" instructions; buffers in `live_out` are needed after the last one.

    Instructions that read no result of each other are only fused if `together`.  That saves less,
    but in the bodies of loops every instruction counts.
    """
    schedule: list[Instruction | _Group] = []
    written_at: dict[Buffer, int] = {}
    last_read_at: dict[Buffer, int] = {}
    for instruction in instructions:
        if instruction.op != "elementwise":
            index = len(schedule)
            schedule.append(instruction)
        else:
            index = _schedule(instruction, schedule, written_at, last_read_at, together)
        for view in instruction.inputs:
            last_read_at[view.buffer] = max(last_read_at.get(view.buffer, -1), index)
        for view in instruction.outputs:
            written_at[view.buffer] = max(written_at.get(view.buffer, -1), index)
    readers: dict[Buffer, set[int]] = {}
    for index, entry in enumerate(schedule):
        for member in entry.members if isinstance(entry, _Group) else [entry]:
            for view in member.inputs:
                readers.setdefault(view.buffer, set()).add(index)
    return [
        _fused(
            entry, {b for b in entry.written if b in live_out or readers.get(b, set()) - {index}}
        )
        if isinstance(entry, _Group)
        else entry
        for index, entry in enumerate(schedule)
    ]


def _schedule(
    instruction: Instruction,
    schedule: list[Instruction | _Group],
    written_at: dict[Buffer, int],
    last_read_at: dict[Buffer, int],
    together: bool,
) -> int:
    """Add it to the group that computes its last operand, or at the end; returns its position.

    With `together`, it may also join a later group.
    """
    out = instruction.outputs[0]
    possible = [
        shape
        for shape in matrix_shapes(out.shape)
        if all(matrix_strides(view, *shape) for view in (out, *instruction.inputs))
    ]
    if not possible:  # no access pattern fits: it runs by itself, with general strides
        schedule.append(instruction)
        return len(schedule) - 1
    earliest = max((written_at.get(view.buffer, -1) for view in instruction.inputs), default=-1)
    # earlier reads and writes of what it overwrites must stay before it
    earliest = max(earliest, last_read_at.get(out.buffer, -1), written_at.get(out.buffer, -1))
    # no group after `earliest` writes an operand
    last = len(schedule) - 1 if together else earliest
    for index in range(last, max(earliest, 0) - 1, -1):
        group = schedule[index]
        if not isinstance(group, _Group):
            continue
        if shape := group.joint_shape(instruction, possible, together=together):
            group.shape = shape
            group.add(instruction)
            return index
    schedule.append(_Group(instruction, possible[0]))
    return len(schedule) - 1


def _fused(group: _Group, stored: set[Buffer]) -> Instruction:
    """The group as one instruction; results that are not in `stored` stay in registers."""
    registers: dict[tuple[Buffer, int], Register] = {}
    written: set[tuple[Buffer, int]] = set()  # views of a group do not overlap, or begin together
    inputs: dict[View, None] = {}
    micro: list[MicroOp] = []
    for member in group.members:
        view = member.outputs[0]
        out: Register | View = view
        inputs |= {v: None for v in member.inputs if (v.buffer, v.offset) not in written}
        operands = tuple(registers.get((v.buffer, v.offset), v) for v in member.inputs)
        written.add((view.buffer, view.offset))
        if view.buffer not in stored:
            out = registers.setdefault((view.buffer, view.offset), Register(len(registers)))
        micro.append(
            MicroOp(
                member.attributes["operation"],
                out,
                operands,
                view.shape,
            )
        )
    outputs = {o.out: None for o in micro if isinstance(o.out, View)}
    rows, columns = group.shape
    return Instruction(
        "fused",
        tuple(outputs),
        tuple(inputs),
        {"rows": rows, "columns": columns, "registers": len(registers)},
        tuple(node for member in group.members for node in member.nodes),
        micro=tuple(micro),
    )
