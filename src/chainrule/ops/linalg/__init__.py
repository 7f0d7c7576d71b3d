"""Linear algebra: products, norms, systems of equations, determinants and factorizations."""

from chainrule.ops.linalg.cholesky import cholesky
from chainrule.ops.linalg.determinant import SlogDet, det, slogdet
from chainrule.ops.linalg.eigh import Eigh, eigh
from chainrule.ops.linalg.inverse import inv
from chainrule.ops.linalg.matmul import matmul
from chainrule.ops.linalg.norm import norm
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
from chainrule.ops.linalg.qr import QR, qr
from chainrule.ops.linalg.solve import solve
from chainrule.ops.linalg.svd import SVD, svd

__all__: list[str] = [
    "QR",
    "SVD",
    "Eigh",
    "SlogDet",
    "cholesky",
    "cross",
    "det",
    "dot",
    "eigh",
    "einsum",
]
__all__ += ["inner", "inv", "kron", "matmul", "norm", "outer", "qr", "slogdet", "solve", "svd"]
__all__ += ["tensordot", "vdot", "vecdot"]
