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

__all__ = ["strided"]

COPY = ELEMENTWISE["copy"]

OPERAND = 1 + MAX_AXES
"""Numbers that describe an operand: its offset, then its strides."""


@inner
def strided(A, row, micro, params):
    """Run one elementwise operation on operands with any strides, of up to six axes.

    row     opcode, micro-operation, the six lengths, offset of the scratch memory, numbers of a
            tile
    micro   op, number of operands, then offset and six strides of the result and of each operand
    params  the operations' parameters
    """
    m, scratch, tile = row[1], row[8], row[9]
    rows, columns = row[6], row[7]
    outer = row[2] * row[3] * row[4] * row[5]
    step = max(1, tile // columns)
    for i in range(outer):
        for k in range(0, rows, step):
            height = min(step, rows - k)
            for n in range(0, columns, tile):
                _apply_to_tile(
                    A, row, micro, params, m, i, k, n, height, min(tile, columns - n), tile, scratch
                )


@inner
def _apply_to_tile(A, row, micro, params, m, i, k, n, height, width, tile, scratch):
    """Compute rows k, … and columns n, … of the i-th matrix of the result."""
    size = height * width
    out = _entry(row, micro, m, 0, i, k, n)
    down, along = _down(micro, m, 0), _along(micro, m, 0)
    if micro[m, 0] == COPY:
        source = _entry(row, micro, m, 1, i, k, n)
        _copy_tile(
            A, source, _down(micro, m, 1), _along(micro, m, 1), out, down, along, height, width
        )
        return
    x = _operand(A, row, micro, m, 1, i, k, n, height, width, scratch)
    y = _operand(A, row, micro, m, 2, i, k, n, height, width, scratch + tile)
    z = _operand(A, row, micro, m, 3, i, k, n, height, width, scratch + 2 * tile)
    direct = _is_contiguous(down, along, height, width)
    into = out if direct else scratch + 3 * tile
    apply_elementwise(
        micro[m, 0], A[into : into + size], A[x : x + size], A[y : y + size], A[z : z + size],
        params[m],
    )  # fmt: skip
    if not direct:
        _copy_tile(A, into, width, 1, out, down, along, height, width)


@inner
def _operand(A, row, micro, m, operand, i, k, n, height, width, into):
    """The offset of a tile of an operand; it is copied there if it is not contiguous."""
    if operand > micro[m, 1]:
        return into
    at, down, along = (
        _entry(row, micro, m, operand, i, k, n), _down(micro, m, operand), _along(micro, m, operand)
    )  # fmt: skip
    if _is_contiguous(down, along, height, width):
        return at
    _copy_tile(A, at, down, along, into, width, 1, height, width)
    return into


@inner
def _is_contiguous(down, along, height, width):
    """Whether the entries of a tile follow each other."""
    return (along == 1 or width == 1) and (height == 1 or down == width)


@inner
def _entry(row, micro, m, operand, i, k, n):
    """The offset of entry (k, n) of the i-th matrix of an operand."""
    first = 2 + OPERAND * operand
    at = micro[m, first] + k * micro[m, first + 5] + n * micro[m, first + 6]
    for axis in range(3, -1, -1):
        i, index = i // row[2 + axis], i % row[2 + axis]
        at += index * micro[m, first + 1 + axis]
    return at


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
        else:
            for c in range(columns):
                A[target + c * to_along] = A[first + c * along]
