"""The fused instruction: several elementwise operations, a tile at a time.

A tile is small enough for its intermediate results to stay in the first-level cache.  Operands that
are broadcast are expanded to whole tiles first, and rows of a wider matrix are copied, so that
every operation is a loop over contiguous numbers.
"""

from __future__ import annotations

from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.elementwise import apply_elementwise
from chainrule.engine.opcodes import ACCESS
from chainrule.engine.simd.intrinsics import copy
from chainrule.engine.threads.work_sharing import share

__all__ = ["fused"]

WHOLE, ROW, COLUMN, SCALAR, REGISTER, ROWS = (
    ACCESS[name] for name in ("whole", "row", "column", "scalar", "register", "rows")
)


@inner
def fused(A, row, micro, params, rank, ranks):
    """Run a fused instruction on rows × columns numbers, a tile at a time.

    Each thread computes tiles of its own.

    row     opcode, first and last micro-operation, rows, columns, rows of a tile, offset of the
            scratch memory, numbers of a tile, distance between the threads' scratch memories
    micro   op, then (access pattern, offset) of the result and of up to three operands, then the
            offsets in scratch memory of their tiles, where these are not in place, then the
            distances between their rows
    params  the operations' parameters
    """
    first, last, rows, columns, tile_rows, scratch, tile = row[1:8]
    scratch += rank * row[8]
    flat = rows == 1
    step = tile if flat else tile_rows
    begin, end = share(columns, 16, rank, ranks) if flat else share(rows, 1, rank, ranks)
    if begin == end:
        return
    for m in range(first, last):  # operands that are the same for every tile are expanded once
        for operand in range(3):
            kind, source = micro[m, 3 + 2 * operand], micro[m, 4 + 2 * operand]
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
                kind, source = micro[m, 3 + 2 * operand], micro[m, 4 + 2 * operand]
                into, distance = scratch + micro[m, 10 + operand], micro[m, 14 + operand]
                if kind == COLUMN and tile_rows < rows:
                    _expand_column(A, source, distance, start, into, stop - start, columns)
                elif kind == ROWS:
                    at = source + start * distance
                    _copy_rows(A, at, distance, into, columns, stop - start, columns)
            a = _operand_start(micro[m, 3], micro[m, 4], micro[m, 10], base, scratch)
            b = _operand_start(micro[m, 5], micro[m, 6], micro[m, 11], base, scratch)
            c = _operand_start(micro[m, 7], micro[m, 8], micro[m, 12], base, scratch)
            out = _operand_start(micro[m, 1], micro[m, 2], micro[m, 9], base, scratch)
            apply_elementwise(
                micro[m, 0], A[out : out + n], A[a : a + n], A[b : b + n], A[c : c + n], params[m]
            )
            if micro[m, 1] == ROWS:
                at = micro[m, 2] + start * micro[m, 13]
                _copy_rows(A, out, columns, at, micro[m, 13], stop - start, columns)


@inner
def _operand_start(kind, source, into, base, scratch):
    """The offset of an operand's tile."""
    if kind == WHOLE:
        return source + base
    return scratch + (source if kind == REGISTER else into)


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
