"""What an instruction declares in order to be emitted as native code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, final

from chainrule.engine.emission.matrix_access import Matrix, StoredMatrix
from chainrule.engine.simd.vector_emitter import VectorEmitter
from chainrule.program import Buffer, Instruction, View

__all__ = ["TRANSPOSE_COST", "Layout", "NativeWriter", "OperandShapes", "Shape", "StoredOperands"]

TRANSPOSE_COST = 4
"""The number of operations on vectors that transposing one vector of a matrix takes."""

Shape = tuple[int, int]
"""Rows and columns."""

OperandShapes = Mapping[View, Shape]


class Layout(Protocol):
    """The matrices in memory of the operands of an instruction."""

    def matrices(self, instruction: Instruction) -> Mapping[View, Matrix]:
        """The operands, but not the factors of a product, in the memory order of the result."""
        ...

    def factors(self, product: Instruction) -> tuple[StoredMatrix, StoredMatrix]:
        """The left and right factors; of the transposed product if the result is column-major."""
        ...

    def stored(self, instruction: Instruction, view: View) -> StoredMatrix:
        """An operand as it is stored."""
        ...

    def transposed_factor(self, product: Instruction) -> Matrix:
        """The memory for the transpose of the right factor of a product, if it is column-major."""
        ...


class StoredOperands(Protocol):
    """How the operands of an instruction would be stored, for an estimate of its work."""

    def column_major(self, view: View) -> bool:
        """Whether an operand is stored column-major."""
        ...

    def stored_shape(self, view: View) -> Shape:
        """The rows and columns of an operand in memory."""
        ...

    def right_factor_is_column_major(self) -> bool:
        """Whether the right factor of a product must be transposed."""
        ...

    def vectors(self, numbers: int, /) -> int:
        """How many vectors a row of numbers takes."""
        ...


@final
@dataclass(frozen=True, eq=False)
class NativeWriter:
    """How an instruction is emitted.

    supports      whether an instruction can be emitted
    shapes        (instruction, known) → rows and columns of each operand, where those of some
                  buffers are known
    work          the approximate number of operations on vectors
    emit          (floats, integers, instruction, layout): emits the instruction
    linked        (instruction, shapes) → the buffers that are read and written in the same pass
                  over the result, and so must have its memory order; None where there are none
    """

    supports: Callable[[Instruction], bool]
    shapes: Callable[[Instruction, Mapping[Buffer, Shape]], dict[View, Shape]]
    work: Callable[[Instruction, StoredOperands], int]
    emit: Callable[[VectorEmitter, VectorEmitter, Instruction, Layout], None]
    linked: Callable[[Instruction, OperandShapes], set[Buffer]] | None = None
