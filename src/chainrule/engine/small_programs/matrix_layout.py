"""Assigns memory to the matrices of a region.

The rows of a matrix that only the region accesses are padded to whole vectors and aligned to them:
no access is masked, and what was just stored can be loaded at once.  Such a matrix may be stored
column-major: see `memory_order`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np

from chainrule.engine.emission.matrix_access import Matrix, StoredMatrix, lanes_for
from chainrule.engine.emission.native_writer import Shape
from chainrule.engine.instructions.registry import writer_of
from chainrule.engine.small_programs.memory_order import Factor, choose_memory_order
from chainrule.engine.small_programs.operand_shapes import (
    operand_shapes,
    row_distance,
    shared_shapes,
)
from chainrule.program import Buffer, Instruction, View
from chainrule.program.memory import assign_offsets

__all__ = ["MatrixLayout"]


@final
class MatrixLayout:
    """The matrices in memory of each operand of a region's instructions.

    dtype      of the program's floats
    private    the buffers that only the region accesses; they get new offsets, from byte `start` on
    scattered  the buffers whose rows are stored elsewhere, with where among the integers the rows'
               addresses are
    end        the end of the memory that the private buffers use, in bytes
    """

    def __init__(
        self,
        instructions: Sequence[Instruction],
        private: set[Buffer],
        start: int,
        dtype: np.dtype[Any],
        scattered: Mapping[Buffer, int],
    ) -> None:
        self._item_bytes, self._scattered = dtype.itemsize, scattered
        known = shared_shapes(instructions, private)
        self._shapes = {i: operand_shapes(i, known) for i in instructions}
        free = [buffer for buffer, shape in known.items() if 1 not in shape]
        self._order = choose_memory_order(self._shapes, free, self._vectors)
        self._padded = {
            buffer: Buffer(buffer.name, self._padded_size(self._stored_shape(buffer, shape)), dtype)
            for buffer, shape in known.items()
        }
        self._transposed_factors: dict[Instruction, Buffer] = {}
        for instruction in instructions:
            if instruction.op == "gemm":
                _, (right, column_major) = self.factors(instruction)
                if column_major:
                    size = self._padded_size((right.columns, right.rows))
                    self._transposed_factors[instruction] = Buffer("transposed", size, dtype)
        private_instructions = [self._private_operands(i) for i in instructions]
        self.end = assign_offsets(private_instructions, start)

    def matrices(self, instruction: Instruction) -> dict[View, Matrix]:
        """The operands, but not the factors of a product, in the memory order of the result."""
        shapes, out = self._shapes[instruction], instruction.outputs[0]
        column_major = None
        if writer_of(instruction).linked is not None:
            column_major = self._order.is_column_major(out.buffer, shapes[out])
        return {view: self._matrix(view, shape, column_major) for view, shape in shapes.items()}

    def factors(self, product: Instruction) -> tuple[StoredMatrix, StoredMatrix]:
        """The left and right factors; of the transposed product if the result is column-major."""
        left, right = self._order.factors(product, self._shapes[product])
        return self._factor(product, left), self._factor(product, right)

    def _factor(self, product: Instruction, factor: Factor) -> StoredMatrix:
        shape = self._shapes[product][factor.view]
        return StoredMatrix(self._matrix(factor.view, shape), factor.column_major)

    def stored(self, instruction: Instruction, view: View) -> StoredMatrix:
        """An operand as it is stored."""
        shape = self._shapes[instruction][view]
        column_major = self._order.is_column_major(view.buffer, shape)
        return StoredMatrix(self._matrix(view, shape), column_major)

    def transposed_factor(self, product: Instruction) -> Matrix:
        """The memory for the transpose of the right factor of a product, if it is column-major."""
        _, (right, _) = self.factors(product)
        return self._padded_matrix(self._transposed_factors[product], (right.columns, right.rows))

    def _matrix(self, view: View, shape: Shape, column_major: bool | None = None) -> Matrix:
        """An operand in memory; by default in the memory order in which it is stored."""
        buffer, (rows, columns) = view.buffer, shape
        if column_major is None:
            column_major = self._order.is_column_major(buffer, shape)
        if column_major:
            rows, columns = columns, rows
        if buffer in self._scattered:
            return Matrix(self._scattered[buffer], rows, columns, 0, columns, scattered=True)
        padded = self._padded.get(buffer)
        if columns == 1 and rows > 1:  # stored as a row, accessed as a column
            return Matrix(padded.start if padded else view.start, rows, 1, 1, 1)
        if padded is None:
            distance = columns if column_major else row_distance(view, shape)
            return Matrix(view.start, rows, columns, distance, columns)
        return self._padded_matrix(padded, (rows, columns))

    def _padded_matrix(self, buffer: Buffer, shape: Shape) -> Matrix:
        stride = self._stride(shape[1])
        return Matrix(buffer.start, *shape, stride, stride)

    def _stored_shape(self, buffer: Buffer, shape: Shape) -> Shape:
        rows, columns = shape
        return (columns, rows) if self._order.is_column_major(buffer, shape) else shape

    def _padded_size(self, shape: Shape) -> int:
        return shape[0] * self._stride(shape[1])

    def _vectors(self, columns: int) -> int:
        return -(-columns // lanes_for(columns, self._item_bytes))

    def _stride(self, columns: int) -> int:
        return self._vectors(columns) * lanes_for(columns, self._item_bytes)

    def _private_operands(self, instruction: Instruction) -> Instruction:
        """The instruction with only its private operands, in their padded buffers."""
        outputs, inputs = (
            tuple(self._padded[v.buffer].whole(v.shape) for v in views if v.buffer in self._padded)
            for views in (instruction.outputs, instruction.inputs)
        )
        transposed = self._transposed_factors.get(instruction)
        extra = () if transposed is None else (transposed.whole((transposed.size,)),)
        return Instruction(instruction.op, (*outputs, *extra), inputs)
