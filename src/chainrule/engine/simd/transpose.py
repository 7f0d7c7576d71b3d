"""Rows of numbers, held in vectors, transposed into columns."""

from __future__ import annotations

from functools import cache
from typing import Any

from llvmlite import ir

__all__ = ["added", "folded", "shuffled", "square", "transpose_block"]


def shuffled(builder: Any, one: Any, other: Any, order: list[int]) -> Any:
    """A vector of some lanes of two, those of the second counted on from the first's."""
    return builder.shuffle_vector(one, other, _lanes(tuple(order)))


@cache
def _lanes(order: tuple[int, ...]) -> Any:
    """Lane numbers: spelling them out again each time would take as long as all the rest."""
    return ir.Constant(ir.VectorType(ir.IntType(32), len(order)), list(order))


def square(builder: Any, rows: list[Any]) -> list[Any]:
    """The transpose of as many vectors as each has lanes.

    Blocks off the diagonal change places, then the halves of every block.
    """
    lines, n = list(rows), len(rows)
    half = n // 2
    while half:
        for i in range(n):
            if not i & half:
                pair = lines[i], lines[i + half]
                lines[i], lines[i + half] = _exchanged(builder, *pair, half)
        half //= 2
    return lines


def added(builder: Any, vector: Any) -> Any:
    """The sum of a vector's entries, as its first: one half upon the other, again and again."""
    half = vector.type.count // 2
    while half:
        parts = (shuffled(builder, vector, vector, list(range(at, at + half))) for at in (0, half))
        vector = builder.fadd(*parts)
        half //= 2
    return vector


def folded(builder: Any, rows: list[Any]) -> Any:
    """The sum of each of as many vectors as each has lanes: those of their transpose, added."""
    while len(rows) > 1:
        half = len(rows) // 2
        pairs = zip(rows[:half], rows[half:], strict=True)
        rows = [builder.fadd(*_exchanged(builder, *pair, half)) for pair in pairs]
    return rows[0]


def _exchanged(builder: Any, one: Any, other: Any, half: int) -> tuple[Any, Any]:
    """Two vectors of which parts of `half` lanes have changed places, every second of the first."""
    n = one.type.count
    upper = [j if not j & half else n + j - half for j in range(n)]
    lower = [j + half if not j & half else n + j for j in range(n)]
    return shuffled(builder, one, other, upper), shuffled(builder, one, other, lower)


def transpose_block(builder: Any, rows: list[Any]) -> list[Any]:
    """The transpose of vectors; the numbers of rows and of lanes are powers of two."""
    n, lanes = len(rows), rows[0].type.count
    if n < lanes:
        none = ir.Constant(rows[0].type, ir.Undefined)
        parts = (
            [shuffled(builder, row, none, list(range(at, at + n))) for row in rows]
            for at in range(0, lanes, n)
        )
        return [line for part in parts for line in square(builder, part)]
    blocks = [square(builder, rows[at : at + lanes]) for at in range(0, n, lanes)]
    return [_joined(builder, [block[j] for block in blocks]) for j in range(lanes)]


def _joined(builder: Any, parts: list[Any]) -> Any:
    """Vectors one after another, as one."""
    while len(parts) > 1:
        order = list(range(2 * parts[0].type.count))
        pairs = zip(parts[::2], parts[1::2], strict=True)
        parts = [shuffled(builder, *pair, order) for pair in pairs]
    return parts[0]
