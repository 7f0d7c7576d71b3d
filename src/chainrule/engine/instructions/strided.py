"""The strided instruction: one elementwise operation on operands with any strides.

Some rows of the last two axes at a time, or a part of one row, are copied to contiguous scratch
memory, where the operation is a loop over contiguous numbers.
"""

from __future__ import annotations

from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.elementwise import apply_elementwise
from chainrule.engine.kernels.elementwise_loops import loops_of
from chainrule.program import Instruction
from chainrule.program.view import MAX_AXES, common_axes

__all__ = ["RECORD"]

TILE = 1024
"""Numbers in a tile, so few that several tiles fit into the first-level cache."""

PARAMS = 18
"""The column of a micro-operation that holds the index of its parameters."""


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    out, inputs = instruction.outputs[0], instruction.inputs
    lengths, strides = common_axes(inputs)
    extra = MAX_AXES - len(lengths)
    columns = [len(inputs), out.start]
    for operand in range(3):
        i = min(operand, len(inputs) - 1)
        columns += [inputs[i].start, *([0] * extra), *strides[i]]
    (loop,), operation = loops_of(instruction), instruction.attributes["operation"]
    tile = min(TILE, out.size)
    names = ("outer", "middle", "rows", "columns")
    return {
        "micro": encoding.micro_operation(loop, operation, columns, PARAMS),
        **dict(zip(names, [*([1] * extra), *lengths], strict=True)),
        "scratch": encoding.scratch(3 * tile),
        "tile": tile,
    }


@inner
def _strided(A, row, micro, params):
    """Run one elementwise operation on operands with any strides, of up to four axes.

    row     micro-operation, the four lengths, offset of the scratch memory, numbers of a
            tile
    micro   address of the operation's loop, number of operands, offset of the result, then offset
            and four strides of each operand, and the index of the operation's parameters
    params  the operations' parameters
    """
    m, tile, scratch = row[0], row[6], row[5]
    outer, middle, rows, columns = row[1], row[2], row[3], row[4]
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
                        A[z : z + size], params, micro[m, PARAMS],
                    )  # fmt: skip
                    out += size


@inner
def _gather_tile(A, at, down, along, into, rows, columns):
    """Copy rows that are `down` apart, whose entries are `along` apart, to a contiguous tile."""
    for r in range(rows):
        line, first = A[into + r * columns : into + (r + 1) * columns], at + r * down
        for c in range(columns):
            line[c] = A[first + c * along]


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    _strided(A, row, micro, params)


RECORD = InstructionRecord(
    ops=("elementwise",),
    fields=("micro", "outer", "middle", "rows", "columns", "scratch", "tile"),
    encode=_encode,
    kernel=_run,
    shared=False,
)
