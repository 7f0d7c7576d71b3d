"""Where matrices lie while a stretch of a program runs as machine code.

What only this stretch sees lies so that every row has room for whole vectors, and begins where one
would: nothing is masked, and what was just stored can be loaded at once.  It may lie transposed: see
`orientation`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import final

from chainrule.engine.small_programs.matrices import Matrix, lanes_for
from chainrule.engine.small_programs.orientation import Shape, chosen
from chainrule.program import Buffer, Instruction, View
from chainrule.program.epilogue import epilogue_of
from chainrule.program.fusion import matrix_strides
from chainrule.program.memory import assign_offsets

__all__ = ["Layout"]


def _shapes(instruction: Instruction, known: Mapping[Buffer, Shape]) -> dict[View, Shape]:
    """As what matrices an instruction sees its operands; `known` ones may be seen as they are."""
    match instruction.op:
        case "gemm":
            left, right, *after = instruction.inputs
            out, epilogue = instruction.outputs[0], epilogue_of(instruction)
            rows, columns = out.shape
            found = {view: _base(view) for view in (left, right)}
            for view in after:
                found[view] = (1, columns) if view is epilogue.bias else (rows, columns)
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
    """The matrix as it lies, transposed or not."""
    rows, columns = view.shape
    return (rows, columns) if view.contiguous else (columns, rows)


def _walked(instruction: Instruction, known: Mapping[Buffer, Shape]) -> dict[View, Shape]:
    """The same of elementwise operations: a flat one may go through rows."""
    rows, columns = instruction.attributes["rows"], instruction.attributes["columns"]
    operands = (x for one in instruction.micro for x in (*one.inputs, one.out))
    walks = {x: matrix_strides(x, rows, columns) for x in operands if isinstance(x, View)}
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
    """Where each operand of some instructions lies; `private` buffers nobody else sees.

    Of `scattered` ones it is known where the addresses of their rows lie.
    """

    def __init__(
        self,
        instructions: Sequence[Instruction],
        private: set[Buffer],
        start: int,
        size: int,
        scattered: Mapping[Buffer, int],
    ) -> None:
        self._size, self._scattered = size, scattered
        known = _shared_shapes(instructions, private)
        self._seen = {instruction: _shapes(instruction, known) for instruction in instructions}
        free = [buffer for buffer, shape in known.items() if 1 not in shape]
        self._orientation = chosen(self._seen, free, self._vectors)
        self._rooms = {
            buffer: Buffer(buffer.name, self._room(self._lying(buffer, shape)))
            for buffer, shape in known.items()
        }
        self._transposed: dict[Instruction, Buffer] = {}
        for instruction in instructions:
            if instruction.op == "gemm":
                _, (right, by_columns) = self.factors(instruction)
                if by_columns:
                    room = self._room((right.columns, right.rows))
                    self._transposed[instruction] = Buffer("transposed", room)
        self.end = assign_offsets(
            [self._moved(i) for i in instructions], {"float": start, "int": 0}
        )["float"]

    def matrices(self, instruction: Instruction) -> dict[View, Matrix]:
        """The operands of an instruction, as rows and columns of what it writes; not factors."""
        seen, out = self._seen[instruction], instruction.outputs[0]
        transposed = None
        if instruction.op in ("gemm", "fused"):
            transposed = self._orientation.is_transposed(out.buffer, seen[out])
        return {view: self._matrix(view, shape, transposed) for view, shape in seen.items()}

    def factors(self, product: Instruction) -> tuple[tuple[Matrix, bool], tuple[Matrix, bool]]:
        """Left and right factor of what a product writes, and whether they lie by columns."""
        seen = self._seen[product]
        left, right = self._orientation.factors(product, seen)
        return (
            (self._matrix(left.view, seen[left.view]), left.by_columns),
            (self._matrix(right.view, seen[right.view]), right.by_columns),
        )

    def lying(self, instruction: Instruction, view: View) -> tuple[Matrix, bool]:
        """An operand as it lies, and whether that is by columns."""
        shape = self._seen[instruction][view]
        return self._matrix(view, shape), self._orientation.is_transposed(view.buffer, shape)

    def transposed(self, product: Instruction) -> Matrix:
        """Room for the right factor of a product where that lies by columns."""
        _, (right, _) = self.factors(product)
        return self._padded(self._transposed[product], (right.columns, right.rows))

    def _matrix(self, view: View, shape: Shape, transposed: bool | None = None) -> Matrix:
        """As it lies, or with its columns as rows if `transposed` says so."""
        buffer, (rows, columns) = view.buffer, shape
        if transposed is None:
            transposed = self._orientation.is_transposed(buffer, shape)
        if transposed:
            rows, columns = columns, rows
        if buffer in self._scattered:
            return Matrix(self._scattered[buffer], rows, columns, 0, columns, scattered=True)
        room = self._rooms.get(buffer)
        if columns == 1 and rows > 1:  # a row, seen as a column
            return Matrix((room or buffer).offset, rows, 1, 1, 1)
        if room is None:
            return Matrix(buffer.offset, rows, columns, columns, columns)
        return self._padded(room, (rows, columns))

    def _padded(self, room: Buffer, shape: Shape) -> Matrix:
        stride = self._stride(shape[1])
        return Matrix(room.offset, *shape, stride, stride)

    def _lying(self, buffer: Buffer, shape: Shape) -> Shape:
        rows, columns = shape
        return (columns, rows) if self._orientation.is_transposed(buffer, shape) else shape

    def _room(self, shape: Shape) -> int:
        return shape[0] * self._stride(shape[1])

    def _vectors(self, columns: int) -> int:
        return -(-columns // lanes_for(columns, self._size))

    def _stride(self, columns: int) -> int:
        return self._vectors(columns) * lanes_for(columns, self._size)

    def _moved(self, instruction: Instruction) -> Instruction:
        """The instruction, with its private operands in the rooms they have here."""
        rooms = self._rooms
        moved = [
            tuple(rooms[v.buffer].whole(v.shape) for v in views if v.buffer in rooms)
            for views in (instruction.outputs, instruction.inputs)
        ]
        transposed = self._transposed.get(instruction)
        extra = () if transposed is None else (transposed.whole((transposed.size,)),)
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
            for view, (rows, columns) in _shapes(instruction, known).items():
                shape = (1, rows) if columns == 1 else (rows, columns)
                if view.buffer in rest and known.setdefault(view.buffer, shape) != shape:
                    wrong.add(view.buffer)
        if not wrong:
            return known
        rest -= wrong
