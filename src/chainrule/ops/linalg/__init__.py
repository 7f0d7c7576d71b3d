"""Linear algebra: products of matrices and vectors."""

from chainrule.ops.linalg.matmul import dot, matmul, outer

__all__ = ["dot", "matmul", "outer"]
