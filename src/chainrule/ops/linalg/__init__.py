"""Linear algebra: products of matrices and vectors, inverses and determinants."""

from chainrule.ops.linalg.inverse import SlogDet, inv, slogdet
from chainrule.ops.linalg.matmul import dot, matmul, outer

__all__ = ["SlogDet", "dot", "inv", "matmul", "outer", "slogdet"]
