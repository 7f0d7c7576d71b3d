"""The strided instruction: one elementwise operation on operands with any strides.

Some rows of the last two axes at a time, or a part of one row, are copied to contiguous scratch
memory, where the operation is a loop over contiguous numbers.
"""

from __future__ import annotations

from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.elementwise import apply_elementwise

__all__ = ["strided"]


@inner
def strided(A, row, micro, params):
    """Run one elementwise operation on operands with any strides, of up to four axes.

    row     opcode, micro-operation, the four lengths, offset of the scratch memory, numbers of a
            tile
    micro   address of the operation's loop, number of operands, offset of the result, then offset
            and four strides of each operand, and the index of the operation's parameters
    params  the operations' parameters
    """
    m, tile, scratch = row[1], row[7], row[6]
    outer, middle, rows, columns = row[2], row[3], row[4], row[5]
    operands, out = micro[m, 1], micro[m, 2]
    step = max(1, tile // columns)
    for i in range(outer):
        for j in range(middle):
            for k in range(0, rows, step):
                height = min(step, rows - k)
                for n in range(0, columns, tile):
                    width = min(tile, columns - n)
                    for operand in range(operands):
                        s = 3 + 5 * operand
                        at = micro[m, s] + i * micro[m, s + 1] + j * micro[m, s + 2]
                        at += k * micro[m, s + 3] + n * micro[m, s + 4]
                        into, down, along = (
                            scratch + operand * tile,
                            micro[m, s + 3],
                            micro[m, s + 4],
                        )
                        _gather_tile(A, at, down, along, into, height, width)
                    size = height * width
                    x, y, z = scratch, scratch + tile, scratch + 2 * tile
                    apply_elementwise(
                        micro[m, 0], A[out : out + size], A[x : x + size], A[y : y + size],
                        A[z : z + size], params, micro[m, 18],
                    )  # fmt: skip
                    out += size


@inner
def _gather_tile(A, at, down, along, into, rows, columns):
    """Copy rows that are `down` apart, whose entries are `along` apart, to a contiguous tile."""
    for r in range(rows):
        line, first = A[into + r * columns : into + (r + 1) * columns], at + r * down
        for c in range(columns):
            line[c] = A[first + c * along]
