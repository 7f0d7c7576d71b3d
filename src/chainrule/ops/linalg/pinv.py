"""The pseudo-inverse, least squares, and numbers that say how close to singular a matrix is."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from chainrule.arguments import real_number, shown, truth
from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import (
    apply,
    floating,
    lift_together,
    on_floats,
    primitive,
    real_part,
)
from chainrule.ops.elementwise import conj, where
from chainrule.ops.elementwise.complex_numbers import squared_size
from chainrule.ops.linalg.factorizations.svd import svdvals
from chainrule.ops.linalg.failures import nan_where_it_fails
from chainrule.ops.linalg.inverse import inv_or_nan
from chainrule.ops.linalg.matrix_parts import transposed
from chainrule.ops.linalg.norm import matrix_norm
from chainrule.ops.linalg.notation import listed
from chainrule.ops.reductions import sum
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["LeastSquares", "cond", "lstsq", "matrix_rank", "pinv"]

NO_VALUE: Any = object()


class LeastSquares(NamedTuple):
    """What `lstsq` returns, in NumPy's order."""

    x: Tensor
    residuals: Tensor
    rank: int
    s: Tensor


def _pinv_shape(spec: Spec, rcond: float) -> Spec:
    if len(spec.shape) < 2:
        raise misfit("at least two axes")
    *batch, m, n = spec.shape
    return Spec((*batch, n, m), floating(spec.dtype))


def _pinv_value(x: Array, rcond: float) -> Array:
    return np.linalg.pinv(x, rcond)


def _pinv_notation(x: Array, rcond: float) -> Array:
    return listed("pinv", x, x.shape[:-3:-1])


def _pinv_vjp(g: Tensor, y: Tensor, x: Tensor, rcond: float) -> Tensor:
    """−PᵀGPᵀ + (1 − XP)·Gᵀ·P·Pᵀ + Pᵀ·P·Gᵀ·(1 − PX); for complex ones, with conjugates."""
    p, gt = transposed(y), transposed(g)
    beside = gt @ y
    below = y @ gt
    ph = conj(p)
    return conj((beside - x @ (y @ beside)) @ ph + ph @ (below - (below @ y) @ x)) - p @ g @ p


_PINV = primitive(
    "pinv",
    on_floats(nan_where_it_fails(_pinv_value)),
    shape=_pinv_shape,
    vjp=(_pinv_vjp,),
    notation=_pinv_notation,
    domain="finite matrices",
    complex=True,
)


@provides("pinv", np.linalg.pinv)
def pinv(a: Operand, rcond: Any = None, hermitian: bool = False, *, rtol: Any = NO_VALUE) -> Tensor:
    """The pseudo-inverse P of each matrix over the last two axes.

    Singular values up to `rcond`, or `rtol`, times the largest count as 0.

        Ā = −PᵀGPᵀ + (1 − AP)·Gᵀ·P·Pᵀ + Pᵀ·P·Gᵀ·(1 − PA)

    This is right where the rank does not change, also where it is not full.

    Raises OptionError for `hermitian=True`.

    Source: G. Golub, V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least
    squares problems whose variables separate", 1973.

    >>> import chainrule as cr
    >>> cr.pinv([[2.0, 0.0], [0.0, 0.0]])
    Tensor([[0.5, 0. ],
            [0. , 0. ]])
    """
    x = lift(a)
    if truth("np.linalg.pinv hermitian", hermitian):
        raise OptionError(
            "np.linalg.pinv",
            expected="hermitian=False",
            got="hermitian=True",
            remedy="leave it out",
        )
    given = rcond if rtol is NO_VALUE else rtol
    if given is None and rtol is NO_VALUE:
        given = 1e-15  # NumPy's default
    elif given is None:
        given = max(x.shape[-2:], default=1) * np.finfo(floating(x.dtype)).eps
    return apply(_PINV, x, rcond=float(real_number("np.linalg.pinv rcond", given)))


@provides("lstsq", np.linalg.lstsq)
def lstsq(a: Operand, b: Operand, rcond: Any = None) -> LeastSquares:
    """The x with the least ‖A·x − b‖, and of these the shortest; as `numpy.linalg.lstsq`.

    x is pinv(A)·b, and its gradient that of the pseudo-inverse.  Singular values up to `rcond`
    times the largest count as 0; by default, the machine precision times the longer side of A.
    The rank is a plain number; while a function is traced, it is the full one.

    Raises ShapeError unless A is a matrix, and b a vector or a matrix with as many rows.

    >>> import numpy as np, chainrule as cr
    >>> np.linalg.lstsq(cr.variable([[1.0], [1.0]]), [1.0, 2.0])[0]
    Tensor([1.5])
    """
    left, right = lift_together(a, b)
    if left.ndim != 2 or right.ndim not in (1, 2) or right.shape[0] != left.shape[0]:
        raise ShapeError(
            "np.linalg.lstsq",
            expected="a matrix, and a vector or a matrix with as many rows",
            got=f"shapes {left.shape} and {right.shape}",
        )
    m, n = left.shape
    precision = np.finfo(floating(left.dtype, right.dtype)).eps
    limit = max(m, n) * precision if rcond is None else real_number("np.linalg.lstsq rcond", rcond)
    limit = precision if limit < 0 else float(limit)
    x = pinv(left, limit) @ right
    s = svdvals(left)
    known = s.node.value
    rank = min(m, n) if known is None or not known.size else int((known > limit * known[0]).sum())
    columns = right if right.ndim == 2 else right[:, None]
    if rank == n and m > n:
        solution = x if x.ndim == 2 else x[:, None]
        residuals = sum(squared_size(columns - left @ solution), 0)
    else:
        residuals = lift(np.zeros(0, real_part(x.dtype)))
    return LeastSquares(x, residuals, rank, s)


@provides("matrix_rank", np.linalg.matrix_rank)
def matrix_rank(A: Operand, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """The rank of each matrix, a plain number; see `numpy.linalg.matrix_rank`.

    >>> import numpy as np, chainrule as cr
    >>> int(np.linalg.matrix_rank(cr.variable([[1.0, 2.0], [2.0, 4.0]])))
    1
    """
    return np.linalg.matrix_rank(lift(A).value, tol, hermitian, rtol=rtol)


@provides("cond", np.linalg.cond)
def cond(x: Operand, p: Any = None) -> Tensor:
    """The condition number of each matrix: the largest singular value over the smallest.

    With p = −2, its reciprocal; with another `ord` of `np.linalg.norm`, ‖X‖·‖X⁻¹‖.  It is infinite
    where X is singular.

    >>> import numpy as np, chainrule as cr
    >>> np.linalg.cond(cr.variable([[2.0, 0.0], [0.0, 8.0]]))
    Tensor(4.0)
    """
    matrices = lift(x)
    if matrices.ndim < 2 or 0 in matrices.shape[-2:]:
        raise ShapeError(
            "np.linalg.cond", expected="matrices with entries", got=f"shape {matrices.shape}"
        )
    if isinstance(p, str) or (p is not None and p not in (2, -2)):
        if p not in ("fro", "f", "nuc", 1, -1, np.inf, -np.inf):
            raise OptionError(
                "np.linalg.cond p", expected="None or an ord of np.linalg.norm", got=shown(p)
            )
        found = matrix_norm(matrices, ord=p) * matrix_norm(inv_or_nan(matrices), ord=p)
    else:
        s = svdvals(matrices)
        largest, smallest = s[..., 0], s[..., -1]
        found = smallest / largest if p == -2 else largest / smallest
    nan_if_given = sum(matrices * 0.0, (-2, -1))
    return where(found == found, found, np.inf + nan_if_given).astype(found.dtype)
