"""Matrix products."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from chainrule.engine.native.matrices import (
    Index,
    Matrix,
    lanes_for,
    over,
    sums,
    transposed,
)
from chainrule.engine.vectors import WIDTH, Writer

__all__ = ["product"]

SUMS = 24 if WIDTH == 64 else 12
"""Vectors of the result that are held in registers at once."""

import os
UNROLL=int(os.environ.get("UN","2"))
LITTLE = 192
"""Up to so many multiplications of vectors no loop is worth its branches."""


def product(
    write: Writer, left: Matrix, left_turned: bool, right: Matrix, out: Matrix,
    bias: Matrix | None, relu: bool, gate: Matrix | None,
) -> None:  # fmt: skip
    """out = left · right, with a finish; the left matrix may lie by columns."""
    k = left.rows if left_turned else left.columns
    lanes = lanes_for(out.columns, write.align)
    write = write.narrowed(lanes)
    vectors = -(-out.columns // lanes)
    wide = vectors if vectors <= 3 else 2
    high = _rows(out.rows, SUMS // wide)
    little = out.rows * vectors * k <= LITTLE

    def panel(j: Index, columns: int) -> None:
        over(write, out.rows, high,
             lambda i, rows: tile(i, rows, j, -(-columns // lanes)), unrolled=little)  # fmt: skip

    def tile(i: Index, rows: int, j: Index, vectors: int) -> None:
        builder = write.builder
        places = [j.plus(v * lanes) for v in range(vectors)]

        def term(p: Index, totals: list[Any]) -> list[Any]:
            others, new = [right.load(write, p, place) for place in places], []
            for r in range(rows):
                at = i.plus(r)
                entry = left.entry(write, *((p, at) if left_turned else (at, p)))
                for v, other in enumerate(others):
                    made = builder.fmul(entry, other, flags=("contract",))
                    new.append(
                        builder.fadd(totals[r * vectors + v], made, flags=("contract",))
                        if totals else made
                    )
            return new

        zero = ir.Constant(write.vector, None)
        start = [] if little else [zero] * (rows * vectors)
        totals = sums(write, k, start, term, unroll=k if little else UNROLL)
        lines = [bias.load(write, Index(0), place) for place in places] if bias else []
        for r in range(rows):
            for v, place in enumerate(places):
                x = totals[r * vectors + v]
                if bias:
                    x = builder.fadd(x, lines[v])
                if relu:  # what is no number stays none
                    x = builder.select(builder.fcmp_unordered(">", x, zero), x, zero)
                if gate:
                    active = builder.fcmp_ordered(">", gate.load(write, i.plus(r), place), zero)
                    x = builder.select(active, x, zero)
                out.store(write, x, i.plus(r), place)

    over(write, out.columns, wide * lanes, panel, unrolled=little)


def _rows(m: int, most: int) -> int:
    """How many rows of a result are made at once: parts of the same height, if there are such."""
    if m <= most:
        return m
    even = [r for r in range(most, most // 2, -1) if m % r == 0]
    return even[0] if even else -(-m // -(-m // most))


def turned(write: Writer, matrix: Matrix, into: Matrix) -> None:
    """The transpose of a matrix."""
    lanes = lanes_for(into.columns, write.align)
    write = write.narrowed(lanes)
    none = ir.Constant(write.vector, ir.Undefined)

    def down(j: Index, rows: int) -> None:
        def along(p: Index, columns: int) -> None:
            lines = [
                matrix.load(write, j.plus(r), p) if r < rows else none for r in range(lanes)
            ]
            for c, line in enumerate(transposed(write.builder, lines)[:columns]):
                into.store(write, line, p.plus(c), j)

        over(write, matrix.columns, lanes, along, unrolled=matrix.columns * lanes <= LITTLE)

    over(write, matrix.rows, lanes, down, unrolled=matrix.columns * lanes <= LITTLE)
