"""The numbers that stand for opcodes, operations and access patterns in a program's tables."""

from __future__ import annotations

__all__ = ["ACCESS", "BARRIER", "ELEMENTWISE", "OPCODES", "SINGLE", "SPLITS"]

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
    "gemm_stack": 15,
    "copy_integers": 16,
}
"""Instructions.

A `gemm_stack` is a `gemm` for each pair of matrices of two stacks.  A `strided` instruction is one
elementwise operation on operands with any strides; integers are only copied.  A `native`
instruction calls machine code that replaces a range of other instructions.
"""

ELEMENTWISE = {
    name: number
    for number, name in enumerate(
        [
            "copy",
            "add",
            "sub",
            "mul",
            "div",
            "neg",
            "abs",
            "sign",
            "sqrt",
            "square",
            "exp",
            "log",
            "log1p",
            "expm1",
            "sin",
            "cos",
            "tanh",
            "sigmoid",
            "softplus",
            "relu",
            "silu",
            "step",
            "erf",
            "gelu",
            "leaky_relu",
            "elu",
            "maximum",
            "minimum",
            "where",
            "gate",
            "less",
            "less_equal",
            "greater",
            "greater_equal",
            "equal",
            "not_equal",
            "pow",
            "constant_power",
        ]
    )
}
"""Elementwise operations.  Larger numbers are addresses of kernels of custom primitives."""

ACCESS = {"whole": 0, "row": 1, "column": 2, "scalar": 3, "register": 4, "rows": 5}
"""Access patterns of a fused instruction's operands.

An operand is a whole matrix, one row or one column that is broadcast over it, a single number, a
register of the instruction, or rows of a wider matrix.
"""

BARRIER, SINGLE = 26, 27
"""Columns of the instruction table: whether a barrier precedes the instruction, and whether only
thread 0 runs it."""

SPLITS = {"rows": 0, "columns": 1, "row_blocks": 2}
"""How threads divide a matrix product: by rows or columns of the result, in equal shares, or by
blocks of rows that each thread claims when it is free."""
