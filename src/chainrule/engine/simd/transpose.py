"""Transposes of rows of numbers that are held in vector registers."""

from __future__ import annotations

from functools import cache
from typing import Any

from llvmlite import ir

__all__ = ["exchange_blocks", "shuffle", "transpose_block", "transpose_square"]


def shuffle(builder: Any, first: Any, second: Any, order: list[int]) -> Any:
    """The vector of some lanes of two vectors; the second's are numbered after the first's."""
    return builder.shuffle_vector(first, second, _lane_numbers(tuple(order)))


@cache
def _lane_numbers(order: tuple[int, ...]) -> Any:
    """Lane numbers as a constant, cached: creating it takes as long as all other instructions."""
    return ir.Constant(ir.VectorType(ir.IntType(32), len(order)), list(order))


def exchange_blocks(builder: Any, first: Any, second: Any, size: int) -> tuple[Any, Any]:
    """Swap the odd blocks of `size` lanes of the first vector with the even blocks of the second.

    Blocks are numbered from 0.
    """
    n = first.type.count
    upper = [j if not j & size else n + j - size for j in range(n)]
    lower = [j + size if not j & size else n + j for j in range(n)]
    return shuffle(builder, first, second, upper), shuffle(builder, first, second, lower)


def transpose_square(builder: Any, rows: list[Any]) -> list[Any]:
    """The transpose of n vectors of n lanes each; n is a power of two.

    The two blocks off the diagonal are swapped, then the same is done within every block.
    """
    lines, n = list(rows), len(rows)
    half = n // 2
    while half:
        for i in range(n):
            if not i & half:
                pair = lines[i], lines[i + half]
                lines[i], lines[i + half] = exchange_blocks(builder, *pair, half)
        half //= 2
    return lines


def transpose_block(builder: Any, rows: list[Any]) -> list[Any]:
    """The transpose of vectors; their number and their number of lanes are powers of two."""
    n, lanes = len(rows), rows[0].type.count
    if n < lanes:
        undefined = ir.Constant(rows[0].type, ir.Undefined)
        squares = (
            [shuffle(builder, row, undefined, list(range(j, j + n))) for row in rows]
            for j in range(0, lanes, n)
        )
        return [line for square in squares for line in transpose_square(builder, square)]
    blocks = [transpose_square(builder, rows[i : i + lanes]) for i in range(0, n, lanes)]
    return [_concatenate(builder, [block[j] for block in blocks]) for j in range(lanes)]


def _concatenate(builder: Any, parts: list[Any]) -> Any:
    """The vector of all lanes of some vectors of one length, whose number is a power of two."""
    while len(parts) > 1:
        order = list(range(2 * parts[0].type.count))
        pairs = zip(parts[::2], parts[1::2], strict=True)
        parts = [shuffle(builder, *pair, order) for pair in pairs]
    return parts[0]
