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

from chainrule.engine.emission.native_writer import OperandShapes, Shape
from chainrule.engine.instructions.registry import writer_of
from chainrule.program import Buffer, Instruction, View
from chainrule.program.view import is_transposed

__all__ = ["Factor", "MemoryOrder", "choose_memory_order"]


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
    linked = writer_of(instruction).linked
    if linked is None or 1 in shapes[instruction.outputs[0]]:
        return set()
    return linked(instruction, shapes)


def _work(
    order: MemoryOrder,
    instruction: Instruction,
    shapes: OperandShapes,
    vectors: Callable[[int], int],
) -> int:
    """The approximate number of operations on vectors."""
    stored = _Stored(order, instruction, shapes, vectors)
    return writer_of(instruction).work(instruction, stored)


@final
@dataclass(frozen=True)
class _Stored:
    """The operands of an instruction in a memory order: see `StoredOperands`."""

    order: MemoryOrder
    instruction: Instruction
    shapes: OperandShapes
    vectors: Callable[[int], int]

    def column_major(self, view: View) -> bool:
        return self.order.is_column_major(view.buffer, self.shapes[view])

    def stored_shape(self, view: View) -> Shape:
        rows, columns = self.shapes[view]
        return (columns, rows) if self.column_major(view) else (rows, columns)

    def right_factor_is_column_major(self) -> bool:
        return self.order.factors(self.instruction, self.shapes)[1].column_major
