"""Cross-entropy of labels, of many rows side by side."""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

from chainrule.engine.formulas import exp, log
from chainrule.engine.native.matrices import Index, Matrix, lanes_for, over, transposed
from chainrule.engine.numbers import Number, choose
from chainrule.engine.vectors import SIZE, Writer

__all__ = ["log_loss"]


def log_loss(
    write: Writer, integers: Writer, x: Matrix, labels: int, losses: Matrix, excess: Matrix
) -> None:
    """−ln softmax(x)_label of each row, and softmax(x) − one_hot(label).

    A vector has one class of many rows: rows are turned to that end, and back.
    """
    builder = write.builder
    high, wide = lanes_for(x.rows, write.align), lanes_for(x.columns, write.align)
    across, down = write.narrowed(wide), write.narrowed(high)

    def block(first: Index, rows: int) -> None:
        lines: list[Number] = []
        for at in range(0, x.columns, wide):
            some = [x.load(across, first.plus(min(r, rows - 1)), Index(at)) for r in range(high)]
            lines += [Number(builder, line) for line in transposed(builder, some)]
        lines = lines[: x.columns]
        top = lines[0]
        for line in lines[1:]:
            top = choose(line.compare(">", top), line, top)
        size = top.called("fabs")
        top = choose(size.compare("<", math.inf), top, top.of(0.0))
        away = [line - top for line in lines]
        powers = [exp(line) for line in away]
        total = powers[0]
        for power in powers[1:]:
            total = total + power
        scale = total.of(1.0) / total
        named = _labels(integers, labels, first, rows, high)
        picked, made = total.of(math.nan), list[Any]()
        for j, (line, power) in enumerate(zip(away, powers, strict=True)):
            here = builder.icmp_signed("==", named, ir.Constant(named.type, [j] * high))
            picked = choose(here, line, picked)
            share = power * scale
            made.append(choose(here, share - 1.0, share).value)
        losses.store(down, (log(total) - picked).value, Index(0), first)
        none = ir.Constant(down.vector, ir.Undefined)
        made += [none] * (-len(made) % wide)
        for at in range(0, x.columns, wide):
            back = transposed(builder, made[at : at + wide])
            for r, line in enumerate(back[:rows]):
                excess.store(across, line, first.plus(r), Index(at))

    over(write, x.rows, high, block, unrolled=x.rows < 2 * high)


def _labels(integers: Writer, place: int, first: Index, rows: int, lanes: int) -> Any:
    """A vector of labels, some of them twice where there are fewer."""
    builder = integers.builder
    start = integers.base
    if first.running is not None:
        start = builder.gep(start, [first.running])
    found = ir.Constant(ir.VectorType(SIZE, lanes), ir.Undefined)
    if rows == lanes:
        whole = ir.VectorType(SIZE, lanes)
        pointer = builder.bitcast(builder.gep(start, [SIZE(place + first.known)]), whole.as_pointer())
        return builder.load(pointer, align=8)
    for lane in range(lanes):
        at = SIZE(place + first.known + min(lane, rows - 1))
        found = builder.insert_element(found, builder.load(builder.gep(start, [at])), SIZE(lane))
    return found
