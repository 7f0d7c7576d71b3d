"""Sums of the rows of a matrix, and of all its entries."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from chainrule.engine.native.matrices import Index, Matrix, lanes_for, over, sums
from chainrule.engine.vectors import Writer

__all__ = ["column_sums", "total"]

FLAGS = ("contract",)


def column_sums(write: Writer, matrix: Matrix, out: Matrix, share: float) -> None:
    """The sum of all rows, times `share`."""
    builder = write.builder
    lanes = lanes_for(matrix.columns, write.align)
    write = write.narrowed(lanes)
    zero = ir.Constant(write.vector, None)
    little = matrix.rows <= 16

    def panel(j: Index, columns: int) -> None:
        places = [j.plus(at) for at in range(0, columns, lanes)]

        def add(i: Index, found: list[Any]) -> list[Any]:
            return [
                builder.fadd(one, matrix.load(write, i, place), flags=FLAGS)
                for one, place in zip(found, places, strict=True)
            ]

        start = [zero] * len(places)
        for place, found in zip(
            places, sums(write, matrix.rows, start, add, unroll=16 if little else 4), strict=True
        ):
            if share != 1.0:
                found = builder.fmul(found, ir.Constant(write.vector, [share] * lanes))
            out.store(write, found, Index(0), place)

    over(write, matrix.columns, 4 * lanes, panel, unrolled=False)


def total(write: Writer, matrix: Matrix, out: Matrix, share: float) -> None:
    """The sum of one row's entries, times `share`."""
    builder = write.builder
    n = matrix.columns
    lanes = lanes_for(n, write.align)
    while lanes > n:  # what lies behind the row is no part of it
        lanes //= 2
    one = write.narrowed(lanes)
    parts: list[Any] = sums(
        one, n // lanes, [ir.Constant(one.vector, None)],
        lambda i, found: [builder.fadd(found[0], _piece(one, matrix, i, lanes))], unroll=4,
    )  # fmt: skip
    found = _folded(builder, parts[0], lanes)
    for i in range(n - n % lanes, n):
        found = builder.fadd(found, builder.load(matrix.at(write, Index(0), Index(i))))
    if share != 1.0:
        found = builder.fmul(found, ir.Constant(write.number, share))
    builder.store(found, out.at(write, Index(0), Index(0)))


def _piece(write: Writer, matrix: Matrix, i: Index, lanes: int) -> Any:
    running = None
    if i.running is not None:
        running = write.builder.mul(i.running, ir.Constant(i.running.type, lanes))
    return write.load(matrix.at(write, Index(0), Index(i.known * lanes, running)))


def _folded(builder: Any, vector: Any, lanes: int) -> Any:
    """The sum of a vector's lanes, halves first."""
    number = ir.IntType(32)
    none = ir.Constant(vector.type, ir.Undefined)
    while lanes > 1:
        lanes //= 2
        kind = ir.VectorType(number, lanes)
        low, high = (
            builder.shuffle_vector(
                vector, none, ir.Constant(kind, list(range(first, first + lanes)))
            )
            for first in (0, lanes)
        )
        vector = builder.fadd(low, high)
        none = ir.Constant(vector.type, ir.Undefined)
    return builder.extract_element(vector, number(0))
