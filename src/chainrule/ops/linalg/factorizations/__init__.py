"""Factorizations of matrices: Cholesky, QR, singular values, eigenvalues."""

from chainrule.ops.linalg.factorizations.cholesky import cholesky
from chainrule.ops.linalg.factorizations.eig import Eig, eig, eigvals
from chainrule.ops.linalg.factorizations.eigh import Eigh, eigh, eigvalsh
from chainrule.ops.linalg.factorizations.qr import QR, qr
from chainrule.ops.linalg.factorizations.svd import SVD, svd, svdvals

__all__ = [
    "QR",
    "SVD",
    "Eig",
    "Eigh",
    "cholesky",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "qr",
    "svd",
]
__all__ += ["svdvals"]
