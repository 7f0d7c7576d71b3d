"""The rows and columns of the matrices that instructions see in their operands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from chainrule.program import Buffer, Instruction, View
from chainrule.program.epilogue import epilogue_of
from chainrule.program.fusion import matrix_strides

__all__ = ["OperandShapes", "Shape", "operand_shapes", "shared_shapes"]

Shape = tuple[int, int]
"""Rows and columns."""

OperandShapes = Mapping[View, Shape]


def operand_shapes(instruction: Instruction, known: Mapping[Buffer, Shape]) -> dict[View, Shape]:
    """The shape of each operand of an instruction, where those of some buffers are `known`."""
    match instruction.op:
        case "gemm":
            left, right, *after = instruction.inputs
            out, epilogue = instruction.outputs[0], epilogue_of(instruction)
            rows, columns = out.shape
            shapes = {view: _shape_in_memory(view) for view in (left, right)}
            for view in after:
                shapes[view] = (1, columns) if view is epilogue.bias else (rows, columns)
            return {**shapes, out: (rows, columns)}
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
            return _elementwise_shapes(instruction, known)


def _shape_in_memory(view: View) -> Shape:
    """The shape of the row-major matrix that a view shows, itself or its transpose."""
    rows, columns = view.shape
    return (rows, columns) if view.contiguous else (columns, rows)


def _elementwise_shapes(
    instruction: Instruction, known: Mapping[Buffer, Shape]
) -> dict[View, Shape]:
    """The shapes for elementwise operations.

    An instruction over one flat row may also loop over the rows of an operand whose shape is known.
    """
    rows, columns = instruction.attributes["rows"], instruction.attributes["columns"]
    operands = (x for one in instruction.micro for x in (*one.inputs, one.out))
    strides = {x: matrix_strides(x, rows, columns) for x in operands if isinstance(x, View)}
    whole = rows, columns
    if rows == 1:
        contiguous = (view for view, steps in strides.items() if steps == (columns, 1))
        candidates = (known.get(view.buffer, whole) for view in contiguous)
        whole = next(
            (shape for shape in candidates if shape[0] > 1 and math.prod(shape) == columns), whole
        )
    shapes = {(columns, 1): whole, (0, 1): (1, columns), (1, 0): (rows, 1), (0, 0): (1, 1)}
    return {view: shapes[steps] for view, steps in strides.items() if steps}


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
