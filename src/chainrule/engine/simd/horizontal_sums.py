"""Horizontal sums: the lanes of a vector added to each other."""

from __future__ import annotations

from typing import Any

from chainrule.engine.simd.transpose import exchange_blocks, shuffle

__all__ = ["horizontal_sum", "horizontal_sums"]


def horizontal_sum(builder: Any, vector: Any) -> Any:
    """The vector whose first lane is the sum of a vector's lanes.

    The halves of the vector are added, then the halves of their sum, and so on.
    """
    half = vector.type.count // 2
    while half:
        halves = (shuffle(builder, vector, vector, list(range(at, at + half))) for at in (0, half))
        vector = builder.fadd(*halves)
        half //= 2
    return vector


def horizontal_sums(builder: Any, rows: list[Any]) -> Any:
    """The vector whose lane i is the sum of row i; there are as many rows as lanes.

    This is the sum of the rows' transpose, where each step of the transposition already adds pairs
    of vectors.
    """
    while len(rows) > 1:
        half = len(rows) // 2
        pairs = zip(rows[:half], rows[half:], strict=True)
        rows = [builder.fadd(*exchange_blocks(builder, *pair, half)) for pair in pairs]
    return rows[0]
