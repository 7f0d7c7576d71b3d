"""Linear algebra: products, norms, systems of equations, determinants and factorizations."""

from chainrule.ops.linalg import matrix_functions as matrix_functions  # registers them
from chainrule.ops.linalg.determinant import SlogDet, det, slogdet
from chainrule.ops.linalg.factorizations import QR, SVD, Eigh, cholesky, eigh, qr, svd
from chainrule.ops.linalg.inverse import inv
from chainrule.ops.linalg.matmul import matmul
from chainrule.ops.linalg.norm import norm
from chainrule.ops.linalg.pinv import lstsq, pinv
from chainrule.ops.linalg.products import (
    cross,
    dot,
    einsum,
    inner,
    kron,
    outer,
    tensordot,
    vdot,
    vecdot,
)
from chainrule.ops.linalg.solve import solve

__all__: list[str] = ["QR", "SVD", "Eigh", "SlogDet", "cholesky", "cross", "det", "dot", "eigh"]
__all__ += ["einsum", "inner", "inv", "kron", "lstsq", "matmul", "norm", "outer"]
__all__ += ["pinv", "qr", "slogdet", "solve", "svd", "tensordot", "vdot", "vecdot"]
