"""Which matrices lie transposed, by columns, while a stretch of a program runs as machine code.

A product of few columns fills its vectors badly, and one whose right factor lies by columns must
turn it first; transposed itself, out = left · right is outᵀ = rightᵀ · leftᵀ.  What only the stretch
sees may lie either way: the way in which all its instructions together have least to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

from chainrule.program import Buffer, Instruction, View
from chainrule.program.epilogue import epilogue_of

__all__ = ["Factor", "Orientation", "Shape", "chosen"]

Shape = tuple[int, int]

Seen = Mapping[View, Shape]

TURN = 4
"""Operations on vectors that it takes to turn a vector's worth of a matrix."""


class Factor(NamedTuple):
    """A factor of a product, and whether it lies by columns."""

    view: View
    by_columns: bool


@final
@dataclass(frozen=True)
class Orientation:
    """The buffers that lie transposed; what has one row or one column always lies as a row."""

    transposed: frozenset[Buffer] = frozenset()

    def is_transposed(self, buffer: Buffer, shape: Shape) -> bool:
        """Whether the matrix of this shape in a buffer lies by columns."""
        rows, columns = shape
        return rows > 1 and (columns == 1 or buffer in self.transposed)

    def factors(self, product: Instruction, seen: Seen) -> tuple[Factor, Factor]:
        """Left and right of what is written: as given, or of the transposed product."""
        left, right = (
            Factor(view, self.is_transposed(view.buffer, seen[view]) == view.contiguous)
            for view in product.inputs[:2]
        )
        out = product.outputs[0]
        if not self.is_transposed(out.buffer, seen[out]):
            return left, right
        return Factor(right.view, not right.by_columns), Factor(left.view, not left.by_columns)


def chosen(
    instructions: Mapping[Instruction, Seen],
    free: Sequence[Buffer],
    vectors: Callable[[int], int],
) -> Orientation:
    """The orientation with least work, where `vectors(n)` hold n numbers.

    Instructions come with the shapes of the matrices they see.  What one of them reads and writes
    side by side lies the same way.  From all as they are and from all transposed, one such set after
    another is transposed as long as that helps.
    """
    sets = _side_by_side(instructions, free)
    touching = [
        [i for i in instructions if any(v.buffer in some for v in (*i.inputs, *i.outputs))]
        for some in sets
    ]

    def work(orientation: Orientation, some: Iterable[Instruction]) -> int:
        return sum(_work(orientation, i, instructions[i], vectors) for i in some)

    def improved(transposed: frozenset[Buffer]) -> Orientation:
        best, changed = Orientation(transposed), True
        while changed:
            changed = False
            for some, users in zip(sets, touching, strict=True):
                other = Orientation(best.transposed ^ some)
                if work(other, users) < work(best, users):
                    best, changed = other, True
        return best

    ends = improved(frozenset()), improved(frozenset[Buffer]().union(*sets))
    return min(ends, key=lambda end: work(end, instructions))


def _side_by_side(
    instructions: Mapping[Instruction, Seen], free: Sequence[Buffer]
) -> list[frozenset[Buffer]]:
    """The free buffers, in sets that must lie the same way; without those tied to others."""
    sets = [{buffer} for buffer in free]
    for instruction, seen in instructions.items():
        tied = _tied(instruction, seen)
        touched = [some for some in sets if some & tied]
        sets = [some for some in sets if not some & tied]
        together = set[Buffer]().union(*touched)
        if touched and tied <= together:
            sets.append(together)
    return [frozenset(some) for some in sets]


def _tied(instruction: Instruction, seen: Seen) -> set[Buffer]:
    """The matrices that an instruction reads and writes side by side."""
    out = instruction.outputs[0]
    match instruction.op:
        case "gemm":
            gate = epilogue_of(instruction).gate
            tied = {out.buffer} | ({gate.buffer} if gate else set())
        case "fused":
            tied = {view.buffer for view, shape in seen.items() if shape == seen[out]}
        case _:
            return set()
    return set() if 1 in seen[out] else tied


def _work(
    orientation: Orientation, instruction: Instruction, seen: Seen, vectors: Callable[[int], int]
) -> int:
    """Operations on vectors, roughly."""

    def transposed(view: View) -> bool:
        return orientation.is_transposed(view.buffer, seen[view])

    def lies(view: View) -> Shape:
        rows, columns = seen[view]
        return (columns, rows) if transposed(view) else (rows, columns)

    rows, columns = lies(instruction.outputs[0])
    match instruction.op:
        case "gemm":
            depth = instruction.inputs[0].shape[1]
            right = orientation.factors(instruction, seen)[1]
            return (rows + TURN * right.by_columns) * depth * vectors(columns)
        case "log_loss":
            pair = instruction.inputs[0], instruction.outputs[1]
            across = [lies(view) for view in pair if not transposed(view)]
            return sum(TURN * lines * vectors(classes) for lines, classes in across)
        case "sum" | "mean":
            x = instruction.inputs[0]
            lines, length = lies(x)
            return lines * (vectors(length) + TURN * transposed(x))
        case _:
            return rows * vectors(columns) * len(instruction.micro)
