"""The fused instruction: several elementwise operations, a tile at a time.

A tile is small enough for its intermediate results to stay in the first-level cache.  Operands that
are broadcast are expanded to whole tiles first, and rows of a wider matrix are copied, so that
every operation is a loop over contiguous numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from chainrule.engine.emission.emit_elementwise import emit_elementwise
from chainrule.engine.emission.native_writer import (
    Layout,
    NativeWriter,
    OperandShapes,
    Shape,
    StoredOperands,
)
from chainrule.engine.instructions.loop_time import counter_of, time
from chainrule.engine.instructions.record import SCRATCH_DISTANCE, Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.elementwise import apply_elementwise
from chainrule.engine.kernels.elementwise_loops import is_formula, loops_of
from chainrule.engine.simd.intrinsics import copy
from chainrule.engine.simd.vector_emitter import VectorEmitter
from chainrule.engine.threads.row_share import MANY_ROWS, SHARED_ROWS
from chainrule.engine.threads.work_sharing import share
from chainrule.program import Buffer, Instruction, Register, View
from chainrule.program.elementwise import MAX_OPERANDS
from chainrule.program.fusion import matrix_strides

__all__ = ["ACCESS", "RECORD"]

TILE = 1024
"""Numbers in a tile, so few that several tiles fit into the first-level cache."""

ACCESS = {"whole": 0, "row": 1, "column": 2, "scalar": 3, "register": 4, "rows": 5}
"""Access patterns of operands.

An operand is a whole matrix, one row or one column that is broadcast over it, a single number, a
register of the instruction, or rows of a wider matrix.
"""

WHOLE, ROW, COLUMN, SCALAR, REGISTER, ROWS = (
    ACCESS[name] for name in ("whole", "row", "column", "scalar", "register", "rows")
)

PARAMS = 17
"""The column of a micro-operation that holds the index of its parameters."""

MOVES = 18
"""The first of the columns that say how far result and operands move in a step of a loop."""


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    rows, columns = instruction.attributes["rows"], instruction.attributes["columns"]
    tile_rows = min(rows, max(1, TILE // columns))
    tile = min(TILE, columns) if rows == 1 else tile_rows * columns
    used = instruction.attributes["registers"]
    expanded: dict[View, int] = {}  # registers for operands that are broadcast or have gaps
    copied: set[Register | View] = set()  # operands with gaps that are in their registers
    micro_rows: list[int] = []
    for micro, loop in zip(instruction.micro, loops_of(instruction), strict=True):
        missing = [Register(0)] * (MAX_OPERANDS - len(micro.inputs))
        patterns, tiles, distances, steps = list[int](), list[int](), list[int](), list[int]()
        written: set[Register | View] = set()
        for position, view in enumerate((micro.out, *micro.inputs, *missing)):
            kind, offset, distance = _access(view, tile, rows, columns)
            register = 0
            if kind not in (WHOLE, REGISTER):
                assert isinstance(view, View)
                register = expanded.setdefault(view, used + len(expanded)) * tile
                if view in copied and position:
                    kind, offset = REGISTER, register
                elif kind == ROWS:
                    (copied if position else written).add(view)
            patterns += [kind, offset]
            tiles.append(register)
            distances.append(distance)
            steps.append(view.step if isinstance(view, View) and kind != REGISTER else 0)
        copied |= written  # the register of a result has it for operations after this one
        columns_of_row = [*patterns, *tiles, *distances, 0, *steps]
        micro_rows.append(encoding.micro_operation(loop, micro.operation, columns_of_row, PARAMS))
    return {
        "first": micro_rows[0],
        "last": micro_rows[-1] + 1,
        "rows": rows,
        "columns": columns,
        "tile_rows": tile_rows,
        "scratch": encoding.scratch((used + len(expanded)) * tile),
        "tile": tile,
        "counter": counter_of(instruction, encoding),
    }


def _access(operand: Register | View, tile: int, rows: int, columns: int) -> tuple[int, int, int]:
    """The access pattern of an operand, its offset, and the distance between its rows."""
    if isinstance(operand, Register):
        return REGISTER, operand.number * tile, 0
    strides = matrix_strides(operand, rows, columns)
    assert strides is not None, "fusion checks this"
    match strides:
        case (0, 0):
            kind = SCALAR
        case (0, 1):
            kind = ROW
        case (_, 0):
            kind = COLUMN
        case (distance, _):
            kind = WHOLE if distance == columns else ROWS
    return kind, operand.start, strides[0]


@inner
def _fused(A, row, micro, params, t, rank, ranks):
    """Run a fused instruction on rows × columns numbers, a tile at a time.

    Each thread computes tiles of its own.

    row     first and last micro-operation, rows, columns, rows of a tile, offset of the scratch
            memory, numbers of a tile, distance between the threads' scratch memories
    micro   address of the operation's loop, then (access pattern, offset) of the result and of up
            to three operands, then the offsets in scratch memory of their tiles, where these are
            not in place, then the distances between their rows, the index of the operation's
            parameters, and how far each of them moves in a step of time
    params  the operations' parameters
    t       the time of the loop around it
    """
    first, last, rows, columns, tile_rows, scratch, tile = row[0:7]
    scratch += rank * row[7]
    flat = rows == 1
    step = tile if flat else tile_rows
    grain = SHARED_ROWS if rows >= MANY_ROWS else 1
    begin, end = share(columns, 16, rank, ranks) if flat else share(rows, grain, rank, ranks)
    if begin == end:
        return
    for m in range(first, last):  # operands that are the same for every tile are expanded once
        for operand in range(3):
            kind = micro[m, 3 + 2 * operand]
            source = micro[m, 4 + 2 * operand] + t * micro[m, MOVES + 1 + operand]
            into = scratch + micro[m, 10 + operand]
            if kind == SCALAR:
                A[into : into + min(tile, rows * columns)] = A[source]
            elif kind == ROW:
                _repeat_row(A, source, into, columns, min(tile_rows, end - begin))
            elif kind == COLUMN and tile_rows >= rows:
                distance = micro[m, 14 + operand]
                _expand_column(A, source, distance, begin, into, end - begin, columns)
    for start in range(begin, end, step):
        stop = min(start + step, end)
        n = stop - start if flat else (stop - start) * columns
        base = start if flat else start * columns
        for m in range(first, last):
            for operand in range(3):
                kind = micro[m, 3 + 2 * operand]
                source = micro[m, 4 + 2 * operand] + t * micro[m, MOVES + 1 + operand]
                into, distance = scratch + micro[m, 10 + operand], micro[m, 14 + operand]
                if kind == COLUMN and tile_rows < rows:
                    _expand_column(A, source, distance, start, into, stop - start, columns)
                elif kind == ROWS:
                    at = source + start * distance
                    _copy_rows(A, at, distance, into, columns, stop - start, columns)
            a = _operand_start(micro, m, 1, t, base, scratch)
            b = _operand_start(micro, m, 2, t, base, scratch)
            c = _operand_start(micro, m, 3, t, base, scratch)
            out = _operand_start(micro, m, 0, t, base, scratch)
            apply_elementwise(
                micro[m, 0], A[out : out + n], A[a : a + n], A[b : b + n], A[c : c + n],
                params, micro[m, PARAMS],
            )  # fmt: skip
            if micro[m, 1] == ROWS:
                at = micro[m, 2] + t * micro[m, MOVES] + start * micro[m, 13]
                _copy_rows(A, out, columns, at, micro[m, 13], stop - start, columns)


@inner
def _operand_start(micro, m, operand, t, base, scratch):
    """The offset of the tile of an operand, or of the result, which comes first."""
    kind, source = micro[m, 1 + 2 * operand], micro[m, 2 + 2 * operand]
    if kind == WHOLE:
        return source + t * micro[m, MOVES + operand] + base
    return scratch + (source if kind == REGISTER else micro[m, 9 + operand])


@inner
def _expand_column(A, source, distance, start, into, rows, columns):
    """Fill each row, from row `start` on, with its entry of a column."""
    for r in range(rows):
        entry = A[source + (start + r) * distance]
        A[into + r * columns : into + (r + 1) * columns] = entry


@inner
def _copy_rows(A, source, distance, to, to_distance, rows, columns):
    """Copy rows between matrices whose rows are at some distance."""
    for r in range(rows):
        copy(A, to + r * to_distance, A, source + r * distance, columns)


@inner
def _repeat_row(A, source, into, columns, rows):
    """Repeat a row by copies that double in size."""
    copy(A, into, A, source, columns)
    done = 1
    while done < rows:
        more = min(done, rows - done) * columns
        copy(A, into + done * columns, A, into, more)
        done *= 2


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    _fused(A, row, micro, params, time(integers, row[8], rank), rank, ranks)


def _shapes(instruction: Instruction, known: Mapping[Buffer, Shape]) -> dict[View, Shape]:
    """The shapes for elementwise operations.

    An instruction over one flat row may also loop over the rows of an operand whose shape is known.
    """
    rows, columns = instruction.attributes["rows"], instruction.attributes["columns"]
    operands = (x for one in instruction.micro for x in (*one.inputs, one.out))
    strides = {x: matrix_strides(x, rows, columns) for x in operands if isinstance(x, View)}
    whole = rows, columns
    if rows == 1:
        contiguous = (view for view, steps in strides.items() if steps == (columns, 1))
        candidates = (known.get(view.buffer, whole) for view in contiguous)
        whole = next(
            (shape for shape in candidates if shape[0] > 1 and math.prod(shape) == columns), whole
        )
    shapes = {(columns, 1): whole, (0, 1): (1, columns), (1, 0): (rows, 1), (0, 0): (1, 1)}
    matrix = rows, columns  # of which the rows may be at a distance
    return {view: shapes.get(steps, matrix) for view, steps in strides.items() if steps}


def _supports(instruction: Instruction) -> bool:
    """Whether all operations have formulas, and no column's entries are at a distance."""
    if not all(map(is_formula, loops_of(instruction))):
        return False
    rows, columns = instruction.attributes["rows"], instruction.attributes["columns"]
    operands = (x for one in instruction.micro for x in (*one.inputs, one.out))
    strides = (matrix_strides(x, rows, columns) for x in operands if isinstance(x, View))
    return not any(
        steps is not None and (steps[1] == 0 or columns == 1) and steps[0] not in (0, 1)
        for steps in strides
    )


def _work(instruction: Instruction, stored: StoredOperands) -> int:
    rows, columns = stored.stored_shape(instruction.outputs[0])
    return rows * stored.vectors(columns) * len(instruction.micro)


def _linked(instruction: Instruction, shapes: OperandShapes) -> set[Buffer]:
    whole = shapes[instruction.outputs[0]]
    return {view.buffer for view, shape in shapes.items() if shape == whole}


def _emit(
    floats: VectorEmitter, integers: VectorEmitter, instruction: Instruction, layout: Layout
) -> None:
    matrices = layout.matrices(instruction)
    out = matrices[instruction.outputs[0]]
    emit_elementwise(floats, instruction.micro, matrices, out.rows, out.columns)


def _by_rows(instruction: Instruction) -> tuple[int, ...]:
    """The matrices among the inputs, if threads divide their rows alike."""
    rows = instruction.attributes["rows"]

    def divided(view: View) -> bool:
        return len(view.shape) == 2 and view.shape[0] == rows and view.strides[0] > 0

    if rows < MANY_ROWS or not all(map(divided, instruction.outputs)):
        return ()
    return tuple(place for place, view in enumerate(instruction.inputs) if divided(view))


RECORD = InstructionRecord(
    ops=("fused",),
    fields=(
        *("first", "last", "rows", "columns", "tile_rows", "scratch", "tile", SCRATCH_DISTANCE),
        "counter",
    ),
    encode=_encode,
    kernel=_run,
    native=NativeWriter(supports=_supports, shapes=_shapes, work=_work, emit=_emit, linked=_linked),
    nanoseconds=lambda fused: fused.outputs[0].size * len(fused.micro) / 10,
    by_rows=_by_rows,
)
