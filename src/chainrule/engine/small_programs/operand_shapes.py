"""The rows and columns of the matrices that instructions see in their operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chainrule.engine.emission.native_writer import Shape
from chainrule.engine.instructions.registry import writer_of
from chainrule.program import Buffer, Instruction, View
from chainrule.program.fusion import matrix_strides

__all__ = ["operand_shapes", "row_distance", "shared_shapes"]


def operand_shapes(instruction: Instruction, known: Mapping[Buffer, Shape]) -> dict[View, Shape]:
    """The shape of each operand of an instruction, where those of some buffers are `known`."""
    return writer_of(instruction).shapes(instruction, known)


def row_distance(view: View, shape: Shape) -> int:
    """The distance between the rows of the matrix that a view shows, itself or its transpose.

    `shape` is that of the matrix; a single row or column has nothing between its entries.
    """
    rows, columns = shape
    if 1 in shape or view.contiguous:
        return columns
    transposed = view.transpose(tuple(reversed(range(len(view.shape)))))
    distances = (matrix_strides(one, rows, columns) for one in (view, transposed))
    return next(strides[0] for strides in distances if strides and strides[1] == 1)


def shared_shapes(instructions: Sequence[Instruction], private: set[Buffer]) -> dict[Buffer, Shape]:
    """The shapes of those private buffers that all instructions access as the same matrix."""
    operands = (view for i in instructions for view in (*i.inputs, *i.outputs))
    rest = private - {view.buffer for view in operands if not view.spans_buffer}
    while True:
        known: dict[Buffer, Shape] = {}
        conflicting: set[Buffer] = set()
        for instruction in instructions:
            for view, (rows, columns) in operand_shapes(instruction, known).items():
                shape = (1, rows) if columns == 1 else (rows, columns)
                if view.buffer in rest and known.setdefault(view.buffer, shape) != shape:
                    conflicting.add(view.buffer)
        if not conflicting:
            return known
        rest -= conflicting
