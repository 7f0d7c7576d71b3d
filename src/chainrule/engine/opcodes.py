"""The numbers that stand for opcodes and access patterns in a program's tables."""

from __future__ import annotations

__all__ = ["ACCESS", "BARRIER", "OPCODES", "SINGLE", "SPLITS"]

OPCODES = {
    "fused": 0,
    "gemm": 1,
    "sum": 2,
    "mean": 3,
    "max": 4,
    "min": 5,
    "prod": 6,
    "softmax": 7,
    "log_softmax": 8,
    "one_hot": 9,
    "uniform": 10,
    "log_loss": 11,
    "standardize": 12,
    "strided": 13,
    "native": 14,
}
"""Instructions.

A `strided` instruction is one elementwise operation on operands with any strides.  A `native`
instruction calls machine code that replaces a range of other instructions.
"""

ACCESS = {"whole": 0, "row": 1, "column": 2, "scalar": 3, "register": 4}
"""Access patterns of a fused instruction's operands.

An operand is a whole matrix, one row or one column that is broadcast over it, a single number, or
a register of the instruction.
"""

BARRIER, SINGLE = 15, 16
"""Columns of the instruction table: whether a barrier precedes the instruction, and whether only
thread 0 runs it."""

SPLITS = {"rows": 0, "columns": 1, "row_blocks": 2}
"""How threads divide a matrix product: by rows or columns of the result, in equal shares, or by
blocks of rows that each thread claims when it is free."""
