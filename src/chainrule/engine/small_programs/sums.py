"""Sums of the rows of a matrix, and of the entries of one."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from chainrule.engine.simd.transpose import added, folded
from chainrule.engine.simd.vectors import SIZE, Writer
from chainrule.engine.small_programs.matrices import FIRST, Index, Matrix, lanes_for, over, repeated

__all__ = ["column_sums", "row_sums", "total"]

FEW = 16
"""Up to so many terms are all written out."""


def column_sums(write: Writer, matrix: Matrix, out: Matrix, share: float) -> None:
    """The sum of all rows, times `share`."""
    write = write.narrowed(lanes_for(matrix.columns, write.align))
    builder, lanes = write.builder, write.lanes

    def panel(j: Index, columns: int) -> None:
        places = [j.plus(at) for at in range(0, columns, lanes)]

        def add(i: Index, sums: list[Any]) -> list[Any]:
            pairs = zip(sums, places, strict=True)
            return [builder.fadd(found, matrix.load(write, i, place)) for found, place in pairs]

        zeros = [ir.Constant(write.vector, None)] * len(places)
        sums = repeated(write, matrix.rows, zeros, add, unrolled=matrix.rows <= FEW)
        for place, found in zip(places, sums, strict=True):
            out.store(write, _part(builder, found, share), FIRST, place)

    over(write, matrix.columns, 4 * lanes, panel, unrolled=False)


def row_sums(write: Writer, matrix: Matrix, out: Matrix, share: float) -> None:
    """The sum of each row, times `share`, as a row: those of several side by side."""
    down = write.narrowed(lanes_for(matrix.rows, write.align))
    builder, lanes = write.builder, down.lanes
    none, zero = (ir.Constant(down.vector, what) for what in (ir.Undefined, None))
    rest = matrix.columns % lanes
    mask = down.mask(rest)

    def block(first: Index, rows: int) -> None:
        def part(j: Index, lines: list[Any]) -> list[Any]:
            at = j.times(builder, lanes)
            return [
                builder.fadd(line, matrix.load(down, first.plus(r), at))
                for r, line in enumerate(lines)
            ]

        whole = matrix.columns // lanes
        lines = repeated(down, whole, [zero] * rows, part, unrolled=whole <= FEW)
        if rest:
            ends = [matrix.load(down, first.plus(r), Index(whole * lanes)) for r in range(rows)]
            ends = [builder.select(mask, end, zero) for end in ends]
            lines = [builder.fadd(*pair) for pair in zip(lines, ends, strict=True)]
        found = folded(builder, [*lines, *[none] * (lanes - rows)])
        out.store(down, _part(builder, found, share), FIRST, first)

    over(down, matrix.rows, lanes, block, unrolled=False)


def total(write: Writer, matrix: Matrix, out: Matrix, share: float) -> None:
    """The sum of one row's entries, times `share`."""
    builder, n = write.builder, matrix.columns
    lanes = lanes_for(n, write.align)
    while lanes > n:  # what lies behind the row is no part of it
        lanes //= 2
    wide = write.narrowed(lanes)

    def add(i: Index, sums: list[Any]) -> list[Any]:
        return [builder.fadd(sums[0], matrix.load(wide, FIRST, i.times(builder, lanes)))]

    whole, zero = n // lanes, [ir.Constant(wide.vector, None)]
    (found,) = repeated(wide, whole, zero, add, unrolled=whole <= FEW)
    number = builder.extract_element(added(builder, found), SIZE(0))
    for j in range(n - n % wide.lanes, n):
        number = builder.fadd(number, builder.load(matrix.at(write, FIRST, Index(j))))
    builder.store(_part(builder, number, share), out.at(write, FIRST))


def _part(builder: Any, x: Any, share: float) -> Any:
    if share == 1.0:
        return x
    count = [share] * x.type.count if isinstance(x.type, ir.VectorType) else share
    return builder.fmul(x, ir.Constant(x.type, count))
