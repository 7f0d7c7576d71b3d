"""The order in which the strided instruction loops over axes."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.program.view import MAX_AXES

__all__ = ["loop_order"]

Shape = tuple[int, ...]

SHORT = 8
"""An axis shorter than this is not worth a loop of its own."""

SMALL = 64
"""Numbers of the last two axes from which on their order does not matter."""

BLOCK = 128
"""The most rows that are processed for all indices of the short axes before the next ones."""


def loop_order(lengths: Shape, strides: Sequence[Shape]) -> tuple[Shape, list[Shape]]:
    """The axes in an order in which the last two, which are looped over at once, are long.

    Takes and returns the lengths of the axes and, for each operand, its strides along them.  A
    window of 2×2 in an image, for instance, is looped over outside of the image's rows.

    >>> loop_order((1024, 8, 2, 2), [(32, 4, 2, 1)])
    ((8, 2, 2, 128, 8), [(4096, 2, 1, 32, 4)])
    """
    if len(lengths) < 3 or lengths[-1] * lengths[-2] >= SMALL:
        return lengths, list(strides)
    long = [axis for axis, length in enumerate(lengths) if length >= SHORT]
    if not long:
        return lengths, list(strides)
    last = long[-1]
    before, short = range(max(last - 1, 0)), range(last + 1, len(lengths))
    rows = sorted(range(len(before), last + 1), key=lambda i: -sum(abs(one[i]) for one in strides))
    order = [*before, *short, *rows]
    moved = tuple(lengths[i] for i in order)
    along = [tuple(one[i] for i in order) for one in strides]
    block = max(d for d in range(1, min(BLOCK, moved[-2]) + 1) if moved[-2] % d == 0)
    if len(rows) < 2 or len(lengths) == MAX_AXES or block < SHORT or block == moved[-2]:
        return moved, along
    at = len(before)  # blocks of rows, then the short axes, then the rows of a block
    split = (*moved[:at], moved[-2] // block, *moved[at:-2], block, moved[-1])
    return split, [(*one[:at], one[-2] * block, *one[at:]) for one in along]
