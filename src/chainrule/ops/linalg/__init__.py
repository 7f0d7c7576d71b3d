"""Linear algebra: products, norms, systems of equations, determinants and factorizations."""

from chainrule.ops.linalg.cholesky import cholesky
from chainrule.ops.linalg.determinant import SlogDet, det, slogdet
from chainrule.ops.linalg.eigh import Eigh, eigh
from chainrule.ops.linalg.inverse import inv
from chainrule.ops.linalg.matmul import dot, matmul, outer
from chainrule.ops.linalg.norm import norm
from chainrule.ops.linalg.qr import QR, qr
from chainrule.ops.linalg.solve import solve
from chainrule.ops.linalg.svd import SVD, svd

__all__ = ["QR", "SVD", "Eigh", "SlogDet", "cholesky", "det", "dot", "eigh", "inv", "matmul"]
__all__ += ["norm", "outer", "qr", "slogdet", "solve", "svd"]
