"""Numbers of the opcodes, as the compiled machine knows them."""

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
}
"""Instructions.  A `strided` one is a single elementwise operation walked entry by entry, a
`native` one a stretch of others that is machine code of its own."""

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
"""Elementwise operations."""

ACCESS = {"whole": 0, "row": 1, "column": 2, "one": 3, "register": 4}
"""How an operand of a fused instruction is walked."""

BARRIER, SINGLE = 15, 16
"""Where in a row of the table it stands whether a team meets before it, and whether only its first
thread does it."""

SPLITS = {"rows": 0, "columns": 1, "pieces": 2}
"""What a team splits of a matrix product; pieces are some rows each, for whoever comes first."""
