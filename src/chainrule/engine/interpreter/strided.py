"""The strided instruction: one elementwise operation on operands with any strides.

Some rows of the last two axes at a time, or a part of one row, are copied to contiguous scratch
memory, where the operation is a loop over contiguous numbers.  What is contiguous already is not
copied.
"""

from __future__ import annotations

from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.elementwise import apply_elementwise
from chainrule.engine.opcodes import ELEMENTWISE
from chainrule.program.view import MAX_AXES

__all__ = ["copy_strided", "strided"]

COPY = ELEMENTWISE["copy"]

OPERAND = 1 + MAX_AXES
"""Numbers that describe an operand: its offset, then its strides."""

LENGTHS = 2
"""Column of the first of the six lengths."""


@inner
def strided(A, row, micro, params):
    """Run one elementwise operation on operands with any strides, of up to six axes.

    row     opcode, micro-operation, the six lengths, offset of the scratch memory, numbers of a
            tile
    micro   op, number of operands, then offset and six strides of the result and of each operand
    params  the operations' parameters
    """
    m = row[1]
    for h in range(row[LENGTHS]):
        for i in range(row[LENGTHS + 1]):
            for j in range(row[LENGTHS + 2]):
                for k in range(row[LENGTHS + 3]):
                    _apply(A, row, micro, params, m, h, i, j, k)


@inner
def copy_strided(A, row, micro):
    """Copy between arrays with any strides; the row is as for `strided`."""
    m, rows, columns = row[1], row[LENGTHS + 4], row[LENGTHS + 5]
    down, along, to_down, to_along = (
        _down(micro, m, 1), _along(micro, m, 1), _down(micro, m, 0), _along(micro, m, 0)
    )  # fmt: skip
    for h in range(row[LENGTHS]):
        for i in range(row[LENGTHS + 1]):
            for j in range(row[LENGTHS + 2]):
                for k in range(row[LENGTHS + 3]):
                    source, to = _start(micro, m, 1, h, i, j, k), _start(micro, m, 0, h, i, j, k)
                    _copy_tile(A, source, down, along, to, to_down, to_along, rows, columns)


@inner
def _apply(A, row, micro, params, m, h, i, j, k):
    """Compute the matrix at one index of the first four axes."""
    rows, columns, scratch, tile = row[LENGTHS + 4], row[LENGTHS + 5], row[8], row[9]
    out, x, y, z = (
        _start(micro, m, 0, h, i, j, k), _start(micro, m, 1, h, i, j, k),
        _start(micro, m, 2, h, i, j, k), _start(micro, m, 3, h, i, j, k),
    )  # fmt: skip
    down, along = _down(micro, m, 0), _along(micro, m, 0)
    if micro[m, 0] == COPY:
        _copy_tile(A, x, _down(micro, m, 1), _along(micro, m, 1), out, down, along, rows, columns)
        return
    step = max(1, tile // columns)
    for r in range(0, rows, step):
        height = min(step, rows - r)
        for c in range(0, columns, tile):
            width = min(tile, columns - c)
            size = height * width
            a = _operand(A, micro, m, 1, x, r, c, height, width, scratch)
            b = _operand(A, micro, m, 2, y, r, c, height, width, scratch + tile)
            d = _operand(A, micro, m, 3, z, r, c, height, width, scratch + 2 * tile)
            at = out + r * down + c * along
            direct = _is_contiguous(down, along, height, width)
            into = at if direct else scratch + 3 * tile
            apply_elementwise(
                micro[m, 0], A[into : into + size], A[a : a + size], A[b : b + size],
                A[d : d + size], params[m],
            )  # fmt: skip
            if not direct:
                _copy_tile(A, into, width, 1, at, down, along, height, width)


@inner
def _operand(A, micro, m, operand, start, r, c, height, width, into):
    """The offset of a tile of an operand; it is copied there if it is not contiguous."""
    if operand > micro[m, 1]:
        return into
    down, along = _down(micro, m, operand), _along(micro, m, operand)
    at = start + r * down + c * along
    if _is_contiguous(down, along, height, width):
        return at
    _copy_tile(A, at, down, along, into, width, 1, height, width)
    return into


@inner
def _is_contiguous(down, along, height, width):
    """Whether the entries of a tile follow each other."""
    return (along == 1 or width == 1) and (height == 1 or down == width)


@inner
def _start(micro, m, operand, h, i, j, k):
    """The offset of the matrix of an operand at one index of the first four axes."""
    at = 2 + OPERAND * operand
    return (
        micro[m, at] + h * micro[m, at + 1] + i * micro[m, at + 2] + j * micro[m, at + 3]
        + k * micro[m, at + 4]
    )  # fmt: skip


@inner
def _down(micro, m, operand):
    """The distance between an operand's rows."""
    return micro[m, 2 + OPERAND * operand + 5]


@inner
def _along(micro, m, operand):
    """The distance between the entries of an operand's row."""
    return micro[m, 2 + OPERAND * operand + 6]


@inner
def _copy_tile(A, source, down, along, to, to_down, to_along, rows, columns):
    """Copy rows × columns numbers between matrices with any strides."""
    for r in range(rows):
        first, target = source + r * down, to + r * to_down
        if along == 1 and to_along == 1:
            line, copied = A[first : first + columns], A[target : target + columns]
            for c in range(columns):
                copied[c] = line[c]
        elif to_along == 1:
            copied = A[target : target + columns]
            for c in range(columns):
                copied[c] = A[first + c * along]
        else:
            for c in range(columns):
                A[target + c * to_along] = A[first + c * along]
