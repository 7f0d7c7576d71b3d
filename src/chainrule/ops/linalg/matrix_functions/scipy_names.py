"""The functions of `scipy.linalg` by which ours are recorded, with SciPy's arguments and defaults.

This module is imported when one of them first meets a tensor.  What only concerns speed or checks
(`overwrite_a`, `check_finite`) is taken and changes nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import linalg

from chainrule.arguments import shown, truth, whole_numbers
from chainrule.errors import ChainruleError, OptionError, ShapeError
from chainrule.ops.define import lift_together
from chainrule.ops.elementwise import conj, where
from chainrule.ops.linalg.determinant import det
from chainrule.ops.linalg.factorizations import cholesky, eigh, eigvalsh, qr, svd, svdvals
from chainrule.ops.linalg.inverse import inv
from chainrule.ops.linalg.matrix_functions.blocks import block_diag, toeplitz
from chainrule.ops.linalg.matrix_functions.expm import expm
from chainrule.ops.linalg.matrix_functions.sqrtm import sqrtm
from chainrule.ops.linalg.matrix_functions.sylvester import solve_sylvester
from chainrule.ops.linalg.matrix_functions.triangular import cho_solve, solve_triangular
from chainrule.ops.linalg.norm import norm
from chainrule.ops.linalg.solve import solve
from chainrule.ops.movement.matrices import tril
from chainrule.ops.registry import NUMPY
from chainrule.ops.shapes import swapaxes
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["SCIPY", "solve_banded"]


def _inv(a: Operand, overwrite_a: bool = False, check_finite: bool = True) -> Tensor:
    return inv(a)


def _det(a: Operand, overwrite_a: bool = False, check_finite: bool = True) -> Tensor:
    return det(a)


def _norm(
    a: Operand,
    ord: Any = None,
    axis: Axis = None,
    keepdims: bool = False,
    check_finite: bool = True,
) -> Tensor:
    return norm(a, ord, axis, keepdims)


SYMMETRIC = ("sym", "symmetric")
HERMITIAN = ("her", "hermitian", "pos", "positive definite")


def _solve(
    a: Operand,
    b: Operand,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: str | None = None,
    transposed: bool = False,
) -> Tensor:
    """As SciPy does, only one triangle of a matrix is read that is assumed to be symmetric."""
    x, name = lift(a), "scipy.linalg.solve"
    below = truth(f"{name} lower", lower)
    if assume_a in (*SYMMETRIC, *HERMITIAN):
        read = tril(x if below else swapaxes(x, -1, -2))
        mirrored = swapaxes(tril(read, -1), -1, -2)
        x = read + (conj(mirrored) if assume_a in HERMITIAN else mirrored)
        x = x if below or assume_a in SYMMETRIC else conj(x)
    elif assume_a not in (None, "gen", "general"):
        expected = ", ".join(map(repr, ("gen", *SYMMETRIC, *HERMITIAN)))
        raise OptionError(f"{name} assume_a", expected=expected, got=shown(assume_a))
    return solve(swapaxes(x, -1, -2) if truth(f"{name} transposed", transposed) else x, b)


def _cholesky(
    a: Operand, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Tensor:
    return cholesky(a, upper=not truth("scipy.linalg.cholesky lower", lower))


def _cho_factor(
    a: Operand, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Tensor, bool]:
    below = truth("scipy.linalg.cho_factor lower", lower)
    return cholesky(a, upper=not below), below


def _eigh(
    a: Operand,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    check_finite: bool = True,
) -> Any:
    triangle = "L" if truth("scipy.linalg.eigh lower", lower) else "U"
    if truth("scipy.linalg.eigh eigvals_only", eigvals_only):
        return eigvalsh(a, triangle)
    return tuple(eigh(a, triangle))


def _eigvalsh(
    a: Operand, lower: bool = True, overwrite_a: bool = False, check_finite: bool = True
) -> Tensor:
    return eigvalsh(a, "L" if truth("scipy.linalg.eigvalsh lower", lower) else "U")


def _svd(
    a: Operand,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
) -> Any:
    found = svd(a, full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


def _svdvals(a: Operand, overwrite_a: bool = False, check_finite: bool = True) -> Tensor:
    return svdvals(a)


MODES = {"full": "complete", "economic": "reduced"}


def _qr(
    a: Operand, overwrite_a: bool = False, mode: str = "full", check_finite: bool = True
) -> tuple[Tensor, Tensor]:
    x = lift(a)
    if mode not in MODES or (mode == "full" and x.shape[-2:-1] != x.shape[-1:]):
        raise OptionError(
            "scipy.linalg.qr mode",
            expected="'economic', or, for square matrices, 'full'",
            got=shown(mode),
            remedy="pass mode='economic'",
        )
    q, r = qr(x, MODES[mode])
    return q, r


def solve_banded(
    l_and_u: tuple[int, int],
    ab: Operand,
    b: Operand,
    overwrite_ab: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Tensor:
    """The solution of A·x = b, given the diagonals of A as rows: ab[u + i − j, j] = A[i, j].

    There are l diagonals below the main one and u above it.  A is written out, and `solve`d.
    Raises ShapeError unless ab has l + u + 1 rows.

    >>> import chainrule as cr
    >>> from chainrule.scipy import linalg
    >>> linalg.solve_banded((0, 1), cr.variable([[0.0, 1.0], [2.0, 4.0]]), [4.0, 8.0])
    Tensor([1., 2.])
    """
    name = "scipy.linalg.solve_banded"
    bands = whole_numbers(f"{name} l_and_u", l_and_u, 0)
    if isinstance(bands, int) or len(bands) != 2:
        raise OptionError(f"{name} l_and_u", expected="two whole numbers", got=f"{l_and_u}")
    diagonals, right = lift_together(ab, b)
    below, above = bands
    if diagonals.ndim != 2 or diagonals.shape[0] != below + above + 1:
        raise ShapeError(
            name,
            expected=f"{below + above + 1} rows of diagonals",
            got=f"shape {diagonals.shape}",
        )
    i, j = np.indices((diagonals.shape[1],) * 2)
    row = above + i - j
    inside = (row >= 0) & (row <= below + above)
    matrix = where(inside, diagonals[np.where(inside, row, 0), j], 0.0)
    return solve(matrix, right)


SCIPY = {
    linalg.block_diag: block_diag,
    linalg.cho_factor: _cho_factor,
    linalg.cho_solve: cho_solve,
    linalg.cholesky: _cholesky,
    linalg.det: _det,
    linalg.eigh: _eigh,
    linalg.eigvalsh: _eigvalsh,
    linalg.expm: expm,
    linalg.inv: _inv,
    linalg.norm: _norm,
    linalg.qr: _qr,
    linalg.solve: _solve,
    linalg.solve_banded: solve_banded,
    linalg.solve_sylvester: solve_sylvester,
    linalg.solve_triangular: solve_triangular,
    linalg.sqrtm: sqrtm,
    linalg.svd: _svd,
    linalg.svdvals: _svdvals,
    linalg.toeplitz: toeplitz,
}
"""For each of SciPy's functions, the one that records it."""


def _named(theirs: Callable[..., Any], ours: Callable[..., Any]) -> Callable[..., Any]:
    """`ours`, whose errors have SciPy's name of the function, which the user wrote."""

    @functools.wraps(ours)
    def call(*args: Any, **options: Any) -> Any:
        try:
            return ours(*args, **options)
        except ChainruleError as error:
            if not error.where.startswith("np.linalg."):
                raise
            _, blank, argument = error.where.partition(" ")
            raise type(error)(
                f"scipy.linalg.{theirs.__name__}{blank}{argument}",
                expected=error.expected,
                got=error.got,
                remedy=error.remedy,
            ) from None

    return call


NUMPY.update({theirs: _named(theirs, ours) for theirs, ours in SCIPY.items()})
