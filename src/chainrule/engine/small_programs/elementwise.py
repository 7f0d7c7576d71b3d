"""Elementwise operations, several in one walk over their operands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chainrule.engine.simd import approximations
from chainrule.engine.simd.ir_number import Number, choose
from chainrule.engine.simd.vectors import Writer
from chainrule.engine.small_programs.matrices import FIRST, Index, Matrix, lanes_for, over
from chainrule.program import MicroOp, Register, View

__all__ = ["OPERATIONS", "elementwise"]

FEW = 16
"""Up to so many vectors are all written out."""


def _compared(how: str) -> Callable[[Number, Number], Number]:
    """A comparison as 1.0 or 0.0."""
    return lambda x, y: choose(x.compare(how, y), x.of(1.0), x.of(0.0))


OPERATIONS: dict[str, Callable[..., Number]] = {
    "copy": lambda x: x,
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "abs": lambda x: x.called("fabs"),
    "sqrt": lambda x: x.called("sqrt"),
    "square": lambda x: x * x,
    "exp": approximations.exp,
    "log": approximations.log,
    "sigmoid": approximations.sigmoid,
    "tanh": approximations.tanh,
    "silu": approximations.silu,
    "relu": approximations.relu,
    "gate": approximations.gate,
    "where": lambda x, y, z: choose(x.compare("!=", 0.0), y, z),
    "less": _compared("<"),
    "less_equal": _compared("<="),
    "greater": _compared(">"),
    "greater_equal": _compared(">="),
    "equal": _compared("=="),
    "not_equal": _compared("!="),
}
"""The operations that can be written."""


def elementwise(
    write: Writer,
    micro: Sequence[MicroOp],
    matrices: Mapping[View, Matrix],
    rows: int,
    columns: int,
) -> None:
    """Some operations on each of rows × columns entries; rows and columns of 1 are repeated."""
    write = write.narrowed(lanes_for(columns, write.align))
    builder = write.builder
    few = rows * -(-columns // write.lanes) * len(micro) <= FEW

    def read(matrix: Matrix, i: Index, j: Index) -> Number:
        i = FIRST if matrix.rows == 1 else i
        if matrix.columns == 1 and columns > 1:
            return Number(builder, matrix.entry(write, i))
        return Number(builder, matrix.load(write, i, j))

    def piece(i: Index, j: Index) -> None:
        registers: dict[Any, Number] = {}
        for one in micro:
            operands = [
                registers[x] if isinstance(x, Register) else read(matrices[x], i, j)
                for x in one.inputs
            ]
            registers[one.out] = OPERATIONS[one.op](*operands)
            if isinstance(one.out, View):
                matrices[one.out].store(write, registers[one.out].value, i, j)

    def row(i: Index, _: int) -> None:
        over(write, columns, write.lanes, lambda j, _: piece(i, j), unrolled=few)

    over(write, rows, 1, row, unrolled=few)
