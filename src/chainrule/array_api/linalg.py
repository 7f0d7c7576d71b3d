"""The standard's functions of matrices and vectors: `xp.linalg`, and four of `xp`."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.array_api.calls import call
from chainrule.ops.shapes import swapaxes
from chainrule.ops.tensor import Axis, Tensor

__all__ = ["cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "matmul"]
__all__ += ["matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv"]
__all__ += ["qr", "slogdet", "solve", "svd", "svdvals", "tensordot", "trace", "vecdot"]
__all__ += ["vector_norm"]


def cholesky(x: Tensor, /, *, upper: bool = False) -> Tensor:
    """The triangular factor L of x = L·Lᴴ, or U of x = Uᴴ·U if `upper`."""
    return call(np.linalg.cholesky, x, upper=upper)


def cross(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """The cross products of vectors of three entries along an axis."""
    return call(np.linalg.cross, x1, x2, axis=axis)


def det(x: Tensor, /) -> Tensor:
    """The determinants of matrices."""
    return call(np.linalg.det, x)


def diagonal(x: Tensor, /, *, offset: int = 0) -> Tensor:
    """The entries on a diagonal of matrices."""
    return call(np.linalg.diagonal, x, offset=offset)


def eigh(x: Tensor, /) -> Any:
    """The eigenvalues and eigenvectors of symmetric matrices."""
    return call(np.linalg.eigh, x)


def eigvalsh(x: Tensor, /) -> Tensor:
    """The eigenvalues of symmetric matrices."""
    return call(np.linalg.eigvalsh, x)


def inv(x: Tensor, /) -> Tensor:
    """The inverses of matrices: see `cr.inv`."""
    return call(np.linalg.inv, x)


def matmul(x1: Tensor, x2: Tensor, /) -> Tensor:
    """The product of matrices or vectors: see `cr.matmul`."""
    return call(np.matmul, x1, x2)


def matrix_norm(x: Tensor, /, *, keepdims: bool = False, ord: Any = "fro") -> Tensor:
    """The norms of matrices."""
    return call(np.linalg.matrix_norm, x, keepdims=keepdims, ord=ord)


def matrix_power(x: Tensor, n: int, /) -> Tensor:
    """The matrices multiplied with themselves, n factors; inverted if n is negative."""
    return call(np.linalg.matrix_power, x, n)


def matrix_rank(x: Tensor, /, *, rtol: Any = None) -> Tensor:
    """How many singular values are larger than `rtol` times the largest."""
    return call(np.linalg.matrix_rank, x, rtol=rtol)


def matrix_transpose(x: Tensor, /) -> Tensor:
    """The last two axes swapped."""
    return swapaxes(x, -1, -2)


def outer(x1: Tensor, x2: Tensor, /) -> Tensor:
    """All products of an entry of one vector and one of another."""
    return call(np.linalg.outer, x1, x2)


def pinv(x: Tensor, /, *, rtol: Any = None) -> Tensor:
    """The pseudo-inverses of matrices."""
    return call(np.linalg.pinv, x, rtol=rtol)


def qr(x: Tensor, /, *, mode: Any = "reduced") -> Any:
    """The factors Q and R of x = Q·R."""
    return call(np.linalg.qr, x, mode=mode)


def slogdet(x: Tensor, /) -> Any:
    """The sign of determinants, and the logarithm of their absolute value."""
    return call(np.linalg.slogdet, x)


def solve(x1: Tensor, x2: Tensor, /) -> Tensor:
    """The solutions of x1·y = x2."""
    return call(np.linalg.solve, x1, x2)


def svd(x: Tensor, /, *, full_matrices: bool = True) -> Any:
    """The factors of the singular value decomposition x = U·S·Vᵀ."""
    return call(np.linalg.svd, x, full_matrices=full_matrices)


def svdvals(x: Tensor, /) -> Tensor:
    """The singular values of matrices."""
    return call(np.linalg.svdvals, x)


def tensordot(x1: Tensor, x2: Tensor, /, *, axes: Any = 2) -> Tensor:
    """The sum of products over pairs of axes."""
    return call(np.tensordot, x1, x2, axes=axes)


def trace(x: Tensor, /, *, offset: int = 0, dtype: Any = None) -> Tensor:
    """The sum of the entries on a diagonal of matrices."""
    return call(np.linalg.trace, x, offset=offset, dtype=dtype)


def vecdot(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """The sums of products along an axis."""
    return call(np.linalg.vecdot, x1, x2, axis=axis)


def vector_norm(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False, ord: Any = 2) -> Tensor:
    """The norms of vectors along axes."""
    return call(np.linalg.vector_norm, x, axis=axis, keepdims=keepdims, ord=ord)
