"""The strided instruction: one elementwise operation on operands with any strides.

Some rows of the last two axes at a time, or a part of one row, are copied to contiguous scratch
memory, where the operation is a loop over contiguous numbers.  What is contiguous already is not
copied.
"""

from __future__ import annotations

from chainrule.engine.instructions.record import SCRATCH_DISTANCE, Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.elementwise import apply_elementwise
from chainrule.engine.kernels.elementwise_loops import loops_of
from chainrule.engine.kernels.loop_order import loop_order
from chainrule.engine.kernels.strided_copy import AXES, LENGTHS, copy_matrix
from chainrule.engine.threads.work_sharing import share_axes
from chainrule.program import Instruction
from chainrule.program.elementwise import built_in
from chainrule.program.view import common_axes

__all__ = ["RECORD"]

TILE = 1024
"""Numbers in a tile, so few that several tiles fit into the first-level cache."""

OPERANDS = 4
"""The result, and the most arrays that an operation reads."""

OPERAND = 1 + AXES
"""Numbers that describe an operand: its offset, then its strides."""

PARAMS = 2 + OPERAND * OPERANDS
"""The column of a micro-operation that holds the index of its parameters."""


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    out, inputs = instruction.outputs[0], instruction.inputs
    lengths, strides = loop_order(*common_axes([out, *inputs]))
    extra = AXES - len(lengths)
    columns = [len(inputs)]
    for operand in range(OPERANDS):
        i = min(operand, len(inputs))
        columns += [(out, *inputs)[i].start, *([0] * extra), *strides[i]]
    (loop,), operation = loops_of(instruction), instruction.attributes["operation"]
    tile = min(TILE, out.size)
    return {
        **dict(zip(LENGTHS, [*([1] * extra), *lengths], strict=True)),
        "micro": encoding.micro_operation(loop, operation, columns, PARAMS),
        "scratch": encoding.scratch(OPERANDS * tile),
        "tile": tile,
        "copies": operation == built_in("copy"),
    }


@inner
def _strided(A, row, micro, params, rank, ranks):
    """Run one elementwise operation on operands with any strides, of up to six axes.

    Each thread computes some of the matrices along the last two axes; of a single one, some rows.

    row     the six lengths, micro-operation, offset of the scratch memory, numbers of a tile,
            whether the operation only copies, distance between the threads' scratch memories
    micro   address of the operation's loop, number of operands, then offset and six strides of the
            result and of each operand, and the index of the operation's parameters
    params  the operations' parameters
    """
    matrices = row[0] * row[1] * row[2] * row[3]
    first, last, top, bottom = share_axes(matrices, row[4], rank, ranks)
    for index in range(first, last):
        rest, k = divmod(index, row[3])
        rest, j = divmod(rest, row[2])
        h, i = divmod(rest, row[1])
        _apply(A, row, micro, params, row[AXES], h, i, j, k, top, bottom, row[7] + rank * row[10])


@inner
def _apply(A, row, micro, params, m, h, i, j, k, top, bottom, scratch):
    """Compute the matrix at one index of the first four axes, from row `top` to row `bottom`."""
    columns, tile, copies = row[5], row[8], row[9]
    out, x, y, z = (
        _start(micro, m, 0, h, i, j, k), _start(micro, m, 1, h, i, j, k),
        _start(micro, m, 2, h, i, j, k), _start(micro, m, 3, h, i, j, k),
    )  # fmt: skip
    down, along = _down(micro, m, 0), _along(micro, m, 0)
    if copies:
        below = _down(micro, m, 1)
        copy_matrix(
            A, x + top * below, below, _along(micro, m, 1), out + top * down, down, along,
            bottom - top, columns,
        )  # fmt: skip
        return
    step = max(1, tile // columns)
    for r in range(top, bottom, step):
        height = min(step, bottom - r)
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
                A[d : d + size], params, micro[m, PARAMS],
            )  # fmt: skip
            if not direct:
                copy_matrix(A, into, width, 1, at, down, along, height, width)


@inner
def _operand(A, micro, m, operand, start, r, c, height, width, into):
    """The offset of a tile of an operand; it is copied there if it is not contiguous."""
    if operand > micro[m, 1]:
        return into
    down, along = _down(micro, m, operand), _along(micro, m, operand)
    at = start + r * down + c * along
    if _is_contiguous(down, along, height, width):
        return at
    copy_matrix(A, at, down, along, into, width, 1, height, width)
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
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    _strided(A, row, micro, params, rank, ranks)


RECORD = InstructionRecord(
    ops=("elementwise",),
    fields=(*LENGTHS, "micro", "scratch", "tile", "copies", SCRATCH_DISTANCE),
    encode=_encode,
    kernel=_run,
)
