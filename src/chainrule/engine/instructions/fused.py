"""The fused instruction: several elementwise operations, a tile at a time.

A tile is small enough for its intermediate results to stay in the first-level cache.  Operands that
are broadcast are expanded to whole tiles first, so that every operation is a loop over contiguous
numbers.
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
from chainrule.engine.instructions.record import SCRATCH_DISTANCE, Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.elementwise import apply_elementwise
from chainrule.engine.kernels.elementwise_loops import is_formula, loops_of
from chainrule.engine.simd.intrinsics import copy
from chainrule.engine.simd.vector_emitter import VectorEmitter
from chainrule.engine.threads.work_sharing import share
from chainrule.program import Buffer, Instruction, Register, View
from chainrule.program.fusion import matrix_strides

__all__ = ["ACCESS", "RECORD"]

TILE = 1024
"""Numbers in a tile, so few that several tiles fit into the first-level cache."""

ACCESS = {"whole": 0, "row": 1, "column": 2, "scalar": 3, "register": 4}
"""Access patterns of operands.

An operand is a whole matrix, one row or one column that is broadcast over it, a single number, or
a register of the instruction.
"""

WHOLE, ROW, COLUMN, SCALAR, REGISTER = (
    ACCESS[name] for name in ("whole", "row", "column", "scalar", "register")
)

PARAMS = 12
"""The column of a micro-operation that holds the index of its parameters."""


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    rows, columns = instruction.attributes["rows"], instruction.attributes["columns"]
    tile_rows = min(rows, max(1, TILE // columns))
    tile = min(TILE, columns) if rows == 1 else tile_rows * columns
    expanded: dict[View, int] = {}  # registers for operands that are broadcast
    used = instruction.attributes["registers"]
    micro_rows: list[int] = []
    for micro, loop in zip(instruction.micro, loops_of(instruction), strict=True):
        patterns, into = [*_access(micro.out, tile)], [0, 0, 0]
        for operand in range(3):
            view = micro.inputs[operand] if operand < len(micro.inputs) else Register(0)
            kind, offset = _access(view, tile, rows, columns)
            if kind in (ROW, COLUMN, SCALAR):
                assert isinstance(view, View)
                into[operand] = expanded.setdefault(view, used + len(expanded)) * tile
            patterns += [kind, offset]
        micro_rows.append(
            encoding.micro_operation(loop, micro.operation, [*patterns, *into], PARAMS)
        )
    return {
        "first": micro_rows[0],
        "last": micro_rows[-1] + 1,
        "rows": rows,
        "columns": columns,
        "tile_rows": tile_rows,
        "scratch": encoding.scratch((used + len(expanded)) * tile),
        "tile": tile,
    }


def _access(
    operand: Register | View, tile: int, rows: int = 0, columns: int = 0
) -> tuple[int, int]:
    """The access pattern of an operand, and its offset."""
    if isinstance(operand, Register):
        return REGISTER, operand.number * tile
    if not rows:
        return WHOLE, operand.start
    kinds = {(columns, 1): WHOLE, (0, 0): SCALAR, (0, 1): ROW, (1, 0): COLUMN}
    strides = matrix_strides(operand, rows, columns)
    assert strides is not None, "fusion checks this"
    if operand.size == 1 and not any(strides):
        return SCALAR, operand.start
    return kinds[strides], operand.start


@inner
def _fused(A, row, micro, params, rank, ranks):
    """Run a fused instruction on rows × columns numbers, a tile at a time.

    Each thread computes tiles of its own.

    row     first and last micro-operation, rows, columns, rows of a tile, offset of the scratch
            memory, numbers of a tile, distance between the threads' scratch memories
    micro   address of the operation's loop, then (access pattern, offset) of the result and of up
            to three operands, then the offsets in scratch memory to which broadcast operands are
            expanded, and the index of the operation's parameters
    params  the operations' parameters
    """
    first, last, rows, columns, tile_rows, scratch, tile = row[0:7]
    scratch += rank * row[7]
    flat = rows == 1
    step = tile if flat else tile_rows
    begin, end = share(columns, 16, rank, ranks) if flat else share(rows, 1, rank, ranks)
    if begin == end:
        return
    for m in range(first, last):  # operands that are the same for every tile are expanded once
        for operand in range(3):
            kind, source = micro[m, 3 + 2 * operand], micro[m, 4 + 2 * operand]
            into = scratch + micro[m, 9 + operand]
            if kind == SCALAR:
                A[into : into + min(tile, rows * columns)] = A[source]
            elif kind == ROW:
                _repeat_row(A, source, into, columns, min(tile_rows, end - begin))
            elif kind == COLUMN and tile_rows >= rows:
                _expand_column(A, source + begin, into, end - begin, columns)
    for start in range(begin, end, step):
        stop = min(start + step, end)
        n = stop - start if flat else (stop - start) * columns
        base = start if flat else start * columns
        for m in range(first, last):
            if tile_rows < rows:
                for operand in range(3):
                    if micro[m, 3 + 2 * operand] == COLUMN:
                        source, into = micro[m, 4 + 2 * operand], scratch + micro[m, 9 + operand]
                        _expand_column(A, source + start, into, stop - start, columns)
            a = _operand_start(micro[m, 3], micro[m, 4], micro[m, 9], base, scratch)
            b = _operand_start(micro[m, 5], micro[m, 6], micro[m, 10], base, scratch)
            c = _operand_start(micro[m, 7], micro[m, 8], micro[m, 11], base, scratch)
            out = micro[m, 2] + (base if micro[m, 1] == WHOLE else scratch)
            apply_elementwise(
                micro[m, 0], A[out : out + n], A[a : a + n], A[b : b + n], A[c : c + n],
                params, micro[m, PARAMS],
            )  # fmt: skip


@inner
def _operand_start(kind, source, into, base, scratch):
    """The offset of an operand's tile."""
    if kind == WHOLE:
        return source + base
    return scratch + (source if kind == REGISTER else into)


@inner
def _expand_column(A, source, into, rows, columns):
    """Fill each row with its entry of a column."""
    for r in range(rows):
        A[into + r * columns : into + (r + 1) * columns] = A[source + r]


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
    _fused(A, row, micro, params, rank, ranks)


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
    return {view: shapes[steps] for view, steps in strides.items() if steps}


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


RECORD = InstructionRecord(
    ops=("fused",),
    fields=("first", "last", "rows", "columns", "tile_rows", "scratch", "tile", SCRATCH_DISTANCE),
    encode=_encode,
    kernel=_run,
    native=NativeWriter(
        supports=lambda fused: all(map(is_formula, loops_of(fused))),
        shapes=_shapes,
        work=_work,
        emit=_emit,
        linked=_linked,
    ),
    nanoseconds=lambda fused: fused.outputs[0].size * len(fused.micro) / 10,
)
