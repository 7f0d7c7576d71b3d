"""Matrix products and transposes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from llvmlite import ir

from chainrule.engine.kernels.matrix_product.tiles import outer
from chainrule.engine.simd import approximations
from chainrule.engine.simd.ir_number import Number
from chainrule.engine.simd.transpose import shuffled, transpose_block
from chainrule.engine.simd.vectors import WIDTH, Writer
from chainrule.engine.small_programs.matrices import FIRST, Index, Matrix, lanes_for, over, repeated

__all__ = ["product", "transpose"]

SUMS = 24 if WIDTH == 64 else 12
"""Vectors of the result that are held in registers at once."""

LITTLE = 192
"""Up to so many operations on vectors are all written out: no branch is guessed wrong."""


def product(
    write: Writer, left: Matrix, right: Matrix, out: Matrix,
    *, transposed: bool, bias: Matrix | None, relu: bool, gate: Matrix | None,
) -> None:  # fmt: skip
    """out = left · right, with a epilogue; the left matrix may lie `transposed`, by columns.

    A tile of the result is held in registers, while a column of the left matrix and a row of the
    right one at a time are multiplied.
    """
    k = left.rows if transposed else left.columns
    write = write.narrowed(lanes_for(out.columns, write.align))
    builder, lanes = write.builder, write.lanes
    wide = -(-out.columns // lanes)
    little = out.rows * wide * k <= LITTLE
    if wide > 3:
        wide = 2
    high = _height(out.rows, SUMS // wide)

    def panel(j: Index, columns: int) -> None:
        places = [j.plus(at) for at in range(0, columns, lanes)]
        lines = [bias.load(write, FIRST, at) for at in places] if bias and bias.rows == 1 else []

        def tile(i: Index, rows: int) -> None:
            across = [i.plus(r) for r in range(rows)]
            entry = _held(write, left) if little else partial(left.entry, write)

            def step(p: Index, sums: list[Any]) -> list[Any]:
                entries = [entry(p, r) if transposed else entry(r, p) for r in across]
                return outer(builder, sums, entries, [right.load(write, p, at) for at in places])

            zeros = [ir.Constant(write.vector, None)] * (rows * len(places))
            sums = iter(repeated(write, k, zeros, step, unrolled=little))
            for r in across:
                added = lines if lines or not bias else [bias.entry(write, r)] * len(places)
                for v, place in enumerate(places):
                    x = next(sums)
                    if bias:
                        x = builder.fadd(x, added[v])
                    if relu:
                        x = approximations.relu(Number(builder, x)).value
                    if gate:
                        passes = Number(builder, gate.load(write, r, place))
                        x = approximations.gate(passes, Number(builder, x)).value
                    out.store(write, x, r, place)

        over(write, out.rows, high, tile, unrolled=little)

    over(write, out.columns, wide * lanes, panel, unrolled=little)


def _held(write: Writer, matrix: Matrix) -> Callable[[Index, Index], Any]:
    """What gives an entry in all lanes, of a matrix each of whose rows is loaded but once."""
    wide = write.narrowed(lanes_for(matrix.columns, write.align))

    @cache
    def part(i: Index, j: Index) -> Any:
        return matrix.load(wide, i, j)

    def entry(i: Index, j: Index) -> Any:
        lane = j.known % wide.lanes
        vector = part(i, j.plus(-lane))
        return shuffled(write.builder, vector, vector, [lane] * write.lanes)

    return entry


def _height(rows: int, most: int) -> int:
    """How many rows of a result are made at once: parts of one height, if there are such."""
    even = [r for r in range(min(rows, most), most // 2, -1) if rows % r == 0]
    return even[0] if even else -(-rows // -(-rows // most))


def transpose(write: Writer, matrix: Matrix, out: Matrix) -> None:
    """The columns of a matrix as rows, a square of vectors at a time."""
    write = write.narrowed(lanes_for(out.columns, write.align))
    lanes, none = write.lanes, ir.Constant(write.vector, ir.Undefined)
    little = -(-matrix.rows // lanes) * matrix.columns * lanes <= LITTLE

    def down(i: Index, rows: int) -> None:
        def block(j: Index, columns: int) -> None:
            lines = [matrix.load(write, i.plus(r), j) if r < rows else none for r in range(lanes)]
            for c, line in enumerate(transpose_block(write.builder, lines)[:columns]):
                out.store(write, line, j.plus(c), i)

        over(write, matrix.columns, lanes, block, unrolled=little)

    over(write, matrix.rows, lanes, down, unrolled=little)
