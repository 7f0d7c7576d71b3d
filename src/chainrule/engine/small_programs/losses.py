"""Cross-entropy of labels, of many rows side by side."""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

from chainrule.engine.simd.approximations import exp, log
from chainrule.engine.simd.ir_number import Number, choose
from chainrule.engine.simd.transpose import transpose_block
from chainrule.engine.simd.vectors import SIZE, Writer
from chainrule.engine.small_programs.matrices import FIRST, Index, Matrix, lanes_for, over, repeated

__all__ = ["log_loss"]

Lying = tuple[Matrix, bool]
"""A matrix as it lies, and whether that is by columns."""

FEW = 4
"""Up to so many classes are all written out."""


def log_loss(
    write: Writer, integers: Writer, x: Lying, labels: int, losses: Matrix, excess: Lying
) -> None:
    """−ln softmax(x)_label of each row, and softmax(x) − one_hot(label).

    A vector has one class of many rows: what does not lie by columns is transposed, and back.
    """
    (given, transposed), (made, stays) = x, excess
    builder = write.builder
    rows, classes = (given.columns, given.rows) if transposed else (given.rows, given.columns)
    across, down = (write.narrowed(lanes_for(n, write.align)) for n in (classes, rows))
    with builder.goto_entry_block():
        room = builder.alloca(down.vector, size=SIZE(-(-classes // across.lanes) * across.lanes))
    room.align = 64

    def held(j: Index) -> Any:
        """Where the vector of a class lies meanwhile."""
        return builder.gep(room, [_whole(j)])

    def read(first: Index, rows: int) -> list[Number]:
        if transposed:
            return [Number(builder, given.load(down, Index(j), first)) for j in range(classes)]
        lines: list[Any] = []
        for at in range(0, classes, across.lanes):
            there = (first.plus(min(r, rows - 1)) for r in range(down.lanes))
            lines += transpose_block(builder, [given.load(across, i, Index(at)) for i in there])
        return [Number(builder, line) for line in lines[:classes]]

    def written(first: Index, rows: int) -> None:
        for at in range(0, classes, across.lanes):
            lines = [builder.load(held(Index(j))) for j in range(at, at + across.lanes)]
            for r, line in enumerate(transpose_block(builder, lines)[:rows]):
                made.store(across, line, first.plus(r), Index(at))

    def block(first: Index, rows: int) -> None:
        lines = read(first, rows)
        top = lines[0]
        for line in lines[1:]:
            top = choose(line.compare(">", top), line, top)
        top = choose(top.called("fabs").compare("<", math.inf), top, top.of(0.0))
        for j, line in enumerate(lines):
            builder.store((line - top).value, held(Index(j)))
        label = _labels(integers, labels, first, rows, down.lanes)

        def is_label(j: Index) -> Any:
            return builder.icmp_signed("==", label, down.spread(_whole(j), SIZE))

        def powers(j: Index, found: list[Any]) -> list[Any]:
            total, picked = (Number(builder, value) for value in found)
            away = Number(builder, builder.load(held(j)))
            power = exp(away)
            builder.store(power.value, held(j))
            return [(total + power).value, choose(is_label(j), away, picked).value]

        start = [top.of(0.0).value, top.of(math.nan).value]
        found = repeated(down, classes, start, powers, unrolled=classes <= FEW)
        total, picked = (Number(builder, value) for value in found)
        losses.store(down, (log(total) - picked).value, FIRST, first)
        scale = total.of(1.0) / total

        def shares(j: Index, _: list[Any]) -> list[Any]:
            share = Number(builder, builder.load(held(j))) * scale
            share = choose(is_label(j), share - 1.0, share)
            if stays:
                made.store(down, share.value, j, first)
            else:
                builder.store(share.value, held(j))
            return []

        repeated(down, classes, [], shares, unrolled=classes <= FEW)
        if not stays:
            written(first, rows)

    over(write, rows, down.lanes, block, unrolled=False)


def _whole(j: Index) -> Any:
    """An index of a class, known or running."""
    return SIZE(j.known) if j.running is None else j.running


def _labels(integers: Writer, place: int, first: Index, rows: int, lanes: int) -> Any:
    """A vector of the rows' labels; the last once more for rows that lack."""
    builder = integers.builder
    start = builder.gep(integers.shifted((first.running, 1)), [SIZE(place + first.known)])
    if rows == lanes:
        return integers.narrowed(lanes).load(start)
    found = ir.Constant(ir.VectorType(SIZE, lanes), ir.Undefined)
    for lane in range(lanes):
        label = builder.load(builder.gep(start, [SIZE(min(lane, rows - 1))]))
        found = builder.insert_element(found, label, SIZE(lane))
    return found
