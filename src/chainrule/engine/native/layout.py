"""Where matrices lie while a stretch of a program runs as machine code.

What only this stretch sees lies so that every row has room for whole vectors, and begins where one
would: nothing is masked, and what was just stored can be loaded at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import final

from chainrule.engine.native.matrices import Matrix, lanes_for
from chainrule.program import Buffer, Instruction, View
from chainrule.program.absorb import Finish
from chainrule.program.fuse import walk
from chainrule.program.memory import assign

__all__ = ["Layout"]

Shape = tuple[int, int]


def _shapes(instruction: Instruction, known: Mapping[Buffer, Shape]) -> dict[View, Shape]:
    """As what matrices an instruction sees its operands; `known` ones may be seen as they are."""
    match instruction.op:
        case "gemm":
            left, right, *after = instruction.inputs
            out, finish = instruction.outputs[0], instruction.attributes.get("finish", Finish())
            rows, columns = out.shape
            found = {view: _base(view) for view in (left, right)}
            for view in after:
                found[view] = (1, columns) if view is finish.bias else (rows, columns)
            return {**found, out: (rows, columns)}
        case "log_loss":
            losses, excess = instruction.outputs
            x, labels = instruction.inputs
            rows, columns = x.shape
            return {
                **dict.fromkeys((x, excess), (rows, columns)),
                **dict.fromkeys((labels, losses), (1, rows)),
            }
        case "sum" | "mean":
            x, out = instruction.inputs[0], instruction.outputs[0]
            _, length, inner = x.shape
            return {x: (1, length) if inner == 1 else (length, inner), out: (1, inner)}
        case _:
            return _walked(instruction, known)


def _base(view: View) -> Shape:
    """The matrix as it lies, turned or not."""
    rows, columns = view.shape
    return (rows, columns) if view.contiguous else (columns, rows)


def _walked(instruction: Instruction, known: Mapping[Buffer, Shape]) -> dict[View, Shape]:
    """The same of elementwise operations: a flat one may go through rows."""
    rows, columns = instruction.attributes["rows"], instruction.attributes["columns"]
    operands = (x for one in instruction.micro for x in (*one.inputs, one.out))
    walks = {x: walk(x, rows, columns) for x in operands if isinstance(x, View)}
    whole = rows, columns
    if rows == 1:
        seen = (known.get(v.buffer, whole) for v, way in walks.items() if way == (columns, 1))
        whole = next(
            (shape for shape in seen if shape[0] > 1 and math.prod(shape) == columns), whole
        )
    forms = {(columns, 1): whole, (0, 1): (1, columns), (1, 0): (rows, 1), (0, 0): (1, 1)}
    return {view: forms[way] for view, way in walks.items() if way}


@final
class Layout:
    """Where each operand of some instructions lies; `private` buffers nobody else sees."""

    def __init__(
        self, instructions: Sequence[Instruction], private: set[Buffer], start: int, size: int
    ) -> None:
        self._size = size
        self._known = _shared_shapes(instructions, private)
        self._rooms = {
            buffer: Buffer(buffer.name, shape[0] * self._stride(shape[1]))
            for buffer, shape in self._known.items()
        }
        self._turned = {
            i: Buffer("turned", i.inputs[1].shape[0] * self._stride(i.inputs[1].shape[1]))
            for i in instructions
            if i.op == "gemm" and not i.inputs[1].contiguous
        }
        self.end = assign([self._moved(i) for i in instructions], {"float": start, "int": 0})[
            "float"
        ]

    def matrices(self, instruction: Instruction) -> dict[View, Matrix]:
        """The operands of an instruction."""
        seen = _shapes(instruction, self._known)
        return {view: self._matrix(view, shape) for view, shape in seen.items()}

    def turned(self, instruction: Instruction) -> Matrix:
        """Room for the right operand of a product that lies by columns."""
        rows, columns = instruction.inputs[1].shape
        stride = self._stride(columns)
        return Matrix(self._turned[instruction].offset, rows, columns, stride, stride)

    def _matrix(self, view: View, shape: Shape) -> Matrix:
        rows, columns = shape
        room = self._rooms.get(view.buffer)
        if room is None:
            return Matrix(view.buffer.offset, rows, columns, columns, columns)
        stride = self._stride(columns)
        return Matrix(room.offset, rows, columns, stride, stride)

    def _stride(self, columns: int) -> int:
        lanes = lanes_for(columns, self._size)
        return -(-columns // lanes) * lanes

    def _moved(self, instruction: Instruction) -> Instruction:
        """The instruction, with its private operands in the rooms they have here."""
        rooms = self._rooms
        moved = [
            tuple(rooms[v.buffer].whole(v.shape) for v in views if v.buffer in rooms)
            for views in (instruction.outputs, instruction.inputs)
        ]
        turned = self._turned.get(instruction)
        extra = () if turned is None else (turned.whole((turned.size,)),)
        return Instruction(instruction.op, (*moved[0], *extra), moved[1])


def _shared_shapes(
    instructions: Sequence[Instruction], private: set[Buffer]
) -> dict[Buffer, Shape]:
    """The private buffers that all instructions see as one and the same matrix."""
    rest = set(private)
    while True:
        known: dict[Buffer, Shape] = {}
        wrong: set[Buffer] = set()
        for instruction in instructions:
            for view, shape in _shapes(instruction, known).items():
                if view.buffer in rest and known.setdefault(view.buffer, shape) != shape:
                    wrong.add(view.buffer)
        if not wrong:
            return known
        rest -= wrong
