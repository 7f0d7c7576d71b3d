"""Chooses which matrices a region stores row-major and which column-major.

A product with few columns leaves many lanes of its vectors empty, and one whose right factor is
column-major must transpose it first.  The transposed product, outᵀ = rightᵀ · leftᵀ, may have
neither problem.  Matrices that only the region accesses are stored in the order in which all of its
instructions together have the least work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

from chainrule.engine.small_programs.operand_shapes import OperandShapes, Shape, is_transposed
from chainrule.program import Buffer, Instruction, View
from chainrule.program.epilogue import epilogue_of

__all__ = ["Factor", "MemoryOrder", "choose_memory_order"]

TRANSPOSE_COST = 4
"""The number of operations on vectors that transposing one vector of a matrix takes."""


class Factor(NamedTuple):
    """A factor of a product, and whether it is stored column-major."""

    view: View
    column_major: bool


@final
@dataclass(frozen=True)
class MemoryOrder:
    """The buffers that are stored column-major; a single column is always stored as a row."""

    column_major: frozenset[Buffer] = frozenset()

    def is_column_major(self, buffer: Buffer, shape: Shape) -> bool:
        """Whether the matrix of this shape in a buffer is stored column-major."""
        rows, columns = shape
        return rows > 1 and (columns == 1 or buffer in self.column_major)

    def factors(self, product: Instruction, shapes: OperandShapes) -> tuple[Factor, Factor]:
        """The left and right factors; of the transposed product if the result is column-major."""
        left, right = (
            Factor(view, self.is_column_major(view.buffer, shapes[view]) != is_transposed(view))
            for view in product.inputs[:2]
        )
        out = product.outputs[0]
        if not self.is_column_major(out.buffer, shapes[out]):
            return left, right
        return Factor(right.view, not right.column_major), Factor(left.view, not left.column_major)


def choose_memory_order(
    instructions: Mapping[Instruction, OperandShapes],
    free: Sequence[Buffer],
    vectors: Callable[[int], int],
) -> MemoryOrder:
    """The order of the `free` buffers with the least work; n numbers take `vectors(n)` vectors.

    Instructions are mapped to the shapes of their operands.  The matrices that one instruction
    reads and writes in the same pass must have the same order, and so form a set.  The search
    starts once with all sets row-major and once with all column-major, and changes the order of one
    set after another for as long as that reduces the work.
    """
    sets = _sets_of_equal_order(instructions, free)
    users_of_sets = [
        [i for i in instructions if any(v.buffer in buffers for v in (*i.inputs, *i.outputs))]
        for buffers in sets
    ]

    def work(order: MemoryOrder, some: Iterable[Instruction]) -> int:
        return sum(_work(order, i, instructions[i], vectors) for i in some)

    def improved(column_major: frozenset[Buffer]) -> MemoryOrder:
        best, changed = MemoryOrder(column_major), True
        while changed:
            changed = False
            for buffers, users in zip(sets, users_of_sets, strict=True):
                other = MemoryOrder(best.column_major ^ buffers)
                if work(other, users) < work(best, users):
                    best, changed = other, True
        return best

    optima = improved(frozenset()), improved(frozenset[Buffer]().union(*sets))
    return min(optima, key=lambda order: work(order, instructions))


def _sets_of_equal_order(
    instructions: Mapping[Instruction, OperandShapes], free: Sequence[Buffer]
) -> list[frozenset[Buffer]]:
    """Sets of free buffers that must have equal order, except those tied to a buffer not free."""
    sets = [{buffer} for buffer in free]
    for instruction, shapes in instructions.items():
        linked = _buffers_of_equal_order(instruction, shapes)
        touched = [buffers for buffers in sets if buffers & linked]
        sets = [buffers for buffers in sets if not buffers & linked]
        union = set[Buffer]().union(*touched)
        if touched and linked <= union:
            sets.append(union)
    return [frozenset(buffers) for buffers in sets]


def _buffers_of_equal_order(instruction: Instruction, shapes: OperandShapes) -> set[Buffer]:
    """The buffers that an instruction reads and writes in the same pass over its result."""
    out = instruction.outputs[0]
    match instruction.op:
        case "gemm":
            gate = epilogue_of(instruction).gate
            linked = {out.buffer} | ({gate.buffer} if gate else set())
        case "fused":
            linked = {view.buffer for view, shape in shapes.items() if shape == shapes[out]}
        case _:
            return set()
    return set() if 1 in shapes[out] else linked


def _work(
    order: MemoryOrder,
    instruction: Instruction,
    shapes: OperandShapes,
    vectors: Callable[[int], int],
) -> int:
    """The approximate number of operations on vectors."""

    def column_major(view: View) -> bool:
        return order.is_column_major(view.buffer, shapes[view])

    def stored_shape(view: View) -> Shape:
        rows, columns = shapes[view]
        return (columns, rows) if column_major(view) else (rows, columns)

    rows, columns = stored_shape(instruction.outputs[0])
    match instruction.op:
        case "gemm":
            depth = instruction.inputs[0].shape[1]
            right = order.factors(instruction, shapes)[1]
            return (rows + TRANSPOSE_COST * right.column_major) * depth * vectors(columns)
        case "log_loss":
            pair = instruction.inputs[0], instruction.outputs[1]
            row_major = [stored_shape(view) for view in pair if not column_major(view)]
            return sum(TRANSPOSE_COST * lines * vectors(classes) for lines, classes in row_major)
        case "sum" | "mean":
            x = instruction.inputs[0]
            lines, length = stored_shape(x)
            return lines * (vectors(length) + TRANSPOSE_COST * column_major(x))
        case _:
            return rows * vectors(columns) * len(instruction.micro)
