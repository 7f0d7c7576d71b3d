"""The rows and columns of the matrices that instructions see in their operands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from chainrule.program import Buffer, Instruction, View
from chainrule.program.epilogue import epilogue_of
from chainrule.program.fusion import matrix_strides
from chainrule.program.view import matrix_order

__all__ = [
    "OperandShapes",
    "Shape",
    "has_gaps",
    "is_transposed",
    "operand_shapes",
    "row_distance",
    "shared_shapes",
]

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
    return (columns, rows) if is_transposed(view) else (rows, columns)


def is_transposed(factor: View) -> bool:
    """Whether a factor of a product is the transpose of a row-major matrix."""
    order = matrix_order(factor)
    assert order is not None, "lowering copies other factors"
    return order[0]


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


def has_gaps(instruction: Instruction) -> bool:
    """Whether an operand is a column whose entries are at a distance: such a column has no row."""
    if instruction.op == "gemm":
        matrices = ((view, _shape_in_memory(view)) for view in instruction.inputs[:2])
        out = instruction.outputs[0]
        columns = [view for view, shape in (*matrices, (out, out.shape)) if shape[1] == 1]
        return any(view.extent[1] - view.extent[0] != view.size for view in columns)
    if instruction.op != "fused":
        return False
    rows, columns = instruction.attributes["rows"], instruction.attributes["columns"]
    operands = (x for one in instruction.micro for x in (*one.inputs, one.out))
    strides = (matrix_strides(x, rows, columns) for x in operands if isinstance(x, View))
    return any(
        step is not None and (step[1] == 0 or columns == 1) and step[0] not in (0, 1)
        for step in strides
    )


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
    matrix = rows, columns  # of which the rows may be at a distance
    return {view: shapes.get(steps, matrix) for view, steps in strides.items() if steps}


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
