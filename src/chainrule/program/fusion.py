"""Fusion: elementwise instructions that share operands become one pass over memory.

A fused instruction computes a tile of rows at a time.  Values that nobody else needs never leave
the tile: they live in registers.  Every operand is walked as rows × columns, in one of four ways:
whole, one row for all rows, one entry for each row, or one entry for all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from chainrule.program.instruction import Instruction, MicroOp, Register
from chainrule.program.view import Buffer, View

__all__ = ["fuse", "matrix_strides"]

Strides = tuple[int, int]


def matrix_strides(view: View, rows: int, columns: int) -> Strides | None:
    """The strides of `view` taken as rows × columns, or None where it cannot be.

    Of the walks that exist only four are run: (columns, 1) whole, (0, 1) a row, (1, 0) a column,
    (0, 0) one entry.
    """
    plain = view.reshape((rows, columns))
    if plain is None:
        return None
    stride = (plain.strides[0] if rows > 1 else 0, plain.strides[1] if columns > 1 else 0)
    if rows == columns == 1:
        return (1, 1)  # a single entry may have been computed just before: it is walked in its turn
    if rows == 1 and stride[1] == 1:
        return (columns, 1)
    if columns == 1 and stride[0] == 1:
        return (1, 1)
    return stride if stride in ((columns, 1), (0, 1), (1, 0), (0, 0)) else None


def splits(shape: tuple[int, ...]) -> list[Strides]:
    """The ways to take a shape as rows × columns, the flat one first."""
    size = math.prod(shape)
    found = [(1, size)]
    for axis in range(1, len(shape)):
        pair = (math.prod(shape[:axis]), math.prod(shape[axis:]))
        if pair not in found:
            found.append(pair)
    return found


class _Group:
    """Elementwise instructions to be run as one, at the place of the first."""

    def __init__(self, instruction: Instruction, split: Strides) -> None:
        self.members = [instruction]
        self.split = split
        self.size = instruction.outputs[0].size
        self.made = {instruction.outputs[0].buffer}

    def takes(self, instruction: Instruction, available: Sequence[Strides]) -> Strides | None:
        """The split under which `instruction` can join, if it uses what the group makes."""
        if instruction.outputs[0].size != self.size:
            return None
        if not any(view.buffer in self.made for view in instruction.inputs):
            return None
        if self.split in available:
            return self.split
        flat = self.split[0] == 1
        return next((s for s in available if s[0] != 1), None) if flat else None


def fuse(instructions: Sequence[Instruction], kept: set[Buffer]) -> list[Instruction]:
    """Join `map` instructions; buffers in `kept` are wanted after the last instruction."""
    placed: list[Instruction | _Group] = []
    made_at: dict[Buffer, int] = {}
    read_at: dict[Buffer, int] = {}
    for instruction in instructions:
        if instruction.op != "elementwise":
            place = len(placed)
            placed.append(instruction)
        else:
            place = _place(instruction, placed, made_at, read_at)
        for view in instruction.inputs:
            read_at[view.buffer] = max(read_at.get(view.buffer, -1), place)
        for view in instruction.outputs:
            made_at[view.buffer] = place
    readers: dict[Buffer, set[int]] = {}
    for place, entry in enumerate(placed):
        for member in entry.members if isinstance(entry, _Group) else [entry]:
            for view in member.inputs:
                readers.setdefault(view.buffer, set()).add(place)
    return [
        _joined(entry, {b for b in entry.made if b in kept or readers.get(b, set()) - {place}})
        if isinstance(entry, _Group)
        else entry
        for place, entry in enumerate(placed)
    ]


def _place(
    instruction: Instruction,
    placed: list[Instruction | _Group],
    made_at: dict[Buffer, int],
    read_at: dict[Buffer, int],
) -> int:
    """Where the instruction goes: into a group that has its operands, or to the end."""
    out = instruction.outputs[0]
    available = [
        split
        for split in splits(out.shape)
        if all(matrix_strides(view, *split) for view in (out, *instruction.inputs))
    ]
    if not available:  # walked in a way of its own: run alone, entry by entry
        placed.append(instruction)
        return len(placed) - 1
    earliest = max((made_at.get(view.buffer, -1) for view in instruction.inputs), default=-1)
    # what is overwritten must have been read and made before
    earliest = max(earliest, read_at.get(out.buffer, -1), made_at.get(out.buffer, -1))
    for place in range(max(earliest, 0), len(placed)):
        group = placed[place]
        if isinstance(group, _Group) and (split := group.takes(instruction, available)):
            group.split = split
            group.members.append(instruction)
            group.made.add(out.buffer)
            return place
    placed.append(_Group(instruction, available[0]))
    return len(placed) - 1


def _joined(group: _Group, stored: set[Buffer]) -> Instruction:
    """The group as one instruction; what is not `stored` stays in registers."""
    registers: dict[Buffer, Register] = {}
    micro: list[MicroOp] = []
    for member in group.members:
        out = member.outputs[0]
        place: Register | View = out
        if out.buffer not in stored:
            place = registers.setdefault(out.buffer, Register(len(registers)))
        micro.append(
            MicroOp(
                member.attributes["name"],
                place,
                tuple(registers.get(view.buffer, view) for view in member.inputs),
                member.attributes["params"],
                member.attributes["kernel"],
            )
        )
    outputs = {o.out.buffer: o.out for o in micro if isinstance(o.out, View)}
    made = {member.outputs[0].buffer for member in group.members}
    inputs = {
        view: None for member in group.members for view in member.inputs if view.buffer not in made
    }
    rows, columns = group.split
    return Instruction(
        "fused",
        tuple(outputs.values()),
        tuple(inputs),
        {"rows": rows, "columns": columns, "registers": len(registers)},
        tuple(node for member in group.members for node in member.nodes),
        micro=tuple(micro),
    )
