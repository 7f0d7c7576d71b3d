"""Matrix products."""

from chainrule.ops.linalg.matmul import (
    dot,
    matmul,
    outer,
)

__all__ = [
    "dot",
    "matmul",
    "outer",
]
