"""Systems of linear equations with triangular matrices."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.arguments import shown, truth
from chainrule.errors import OptionError
from chainrule.graph import Array, Spec
from chainrule.ops.define import apply, broadcast_shapes, floating, lift_together, primitive
from chainrule.ops.elementwise import where
from chainrule.ops.linalg.failures import check_success
from chainrule.ops.linalg.inverse import INVERTIBLE
from chainrule.ops.linalg.matrix_parts import transposed
from chainrule.ops.linalg.solve import solve_notation, solve_shape
from chainrule.ops.reductions import sum_to
from chainrule.ops.registry import provides
from chainrule.ops.shapes import expand_dims, reshape
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["cho_solve", "solve_triangular"]


def _triangle(n: int, lower: bool, unit: bool) -> Array:
    """Which entries are read."""
    rows, columns = np.indices((n, n))
    below = rows - columns if lower else columns - rows
    return below > 0 if unit else below >= 0


def _triangular_shape(a: Spec, b: Spec, lower: bool, unit: bool) -> Spec:
    return solve_shape(a, b)


def _triangular_value(a: Array, b: Array, lower: bool, unit: bool) -> Array:
    dtype = floating(a.dtype, b.dtype)
    columns = b[:, None] if b.ndim == 1 else b
    batch = broadcast_shapes(a.shape[:-2], columns.shape[:-2])
    matrices = np.broadcast_to(a.astype(dtype, copy=False), (*batch, *a.shape[-2:]))
    sides = np.broadcast_to(columns.astype(dtype, copy=False), (*batch, *columns.shape[-2:]))
    found = np.empty(sides.shape, dtype)
    for at in np.ndindex(*batch):
        found[at] = _one_system(matrices[at], sides[at], lower, unit)
    return found[..., 0] if b.ndim == 1 else found


def _one_system(a: Array, b: Array, lower: bool, unit: bool) -> Any:
    from scipy import linalg  # not at the top: the import takes 0.1 s

    if not b.size:
        return b
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of matrices that are nearly singular
            return linalg.solve_triangular(
                a, b, lower=lower, unit_diagonal=unit, check_finite=False
            )
    except np.linalg.LinAlgError:
        return np.nan


def _triangular_notation(a: Array, b: Array, lower: bool, unit: bool) -> Array:
    read = _triangle(a.shape[-1], lower, unit)
    matrices = np.where(read, a, 0.0)
    return solve_notation(np.where(np.eye(len(read), dtype=bool) & unit, 1.0, matrices), b)


def _triangular_pullback(
    cotangents: Sequence[Tensor],
    outputs: Any,
    inputs: Sequence[Tensor],
    wanted: Sequence[int],
    lower: bool,
    unit: bool,
) -> dict[int, Tensor]:
    (g,), (x,), (a, b) = cotangents, outputs, inputs
    if b.ndim == 1:
        g, x = expand_dims(g, -1), expand_dims(x, -1)
    right = _recorded(transposed(a), g, not lower, unit)
    found: dict[int, Tensor] = {}
    for i in wanted:
        if i == 0:
            full = -sum_to(right @ transposed(x), a.shape)
            found[i] = where(_triangle(a.shape[-1], lower, unit), full, 0.0).astype(a.dtype)
        else:
            columns = b.shape if b.ndim > 1 else (*b.shape, 1)
            found[i] = reshape(sum_to(right, columns), b.shape).astype(b.dtype)
    return found


_TRIANGULAR = primitive(
    "solve_triangular",
    _triangular_value,
    shape=_triangular_shape,
    pullback=_triangular_pullback,
    notation=_triangular_notation,
    domain=INVERTIBLE,
)


def _recorded(a: Tensor, b: Tensor, lower: bool, unit: bool) -> Tensor:
    return apply(_TRIANGULAR, a, b, lower=lower, unit=unit)


@provides("solve_triangular")
def solve_triangular(
    a: Operand,
    b: Operand,
    trans: int | str = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Tensor:
    """The solution of A·x = b for a triangular A, or of Aᵀ·x = b if `trans` is 1, "T" or "C".

    Only the upper triangle is read, or the lower one; with `unit_diagonal`, the diagonal counts as
    ones.  What is not read has the gradient 0.  The last two arguments change nothing here.

    b̄ = A⁻ᵀ·G,  Ā = −b̄·xᵀ in the triangle that is read

    Raises ShapeError unless the shapes fit, and MatrixError for a singular matrix, except where the
    function is traced or compiled: there the result is nan.

    >>> solve_triangular([[2.0, 0.0], [1.0, 1.0]], [2.0, 3.0], lower=True)
    Tensor([1., 2.])
    """
    name = "scipy.linalg.solve_triangular"
    left, right = lift_together(a, b)
    below, unit = truth(f"{name} lower", lower), truth(f"{name} unit_diagonal", unit_diagonal)
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise OptionError(f"{name} trans", expected="0, 1, 2, 'N', 'T' or 'C'", got=shown(trans))
    if trans in (0, "N"):
        found = _recorded(left, right, below, unit)
    else:
        found = _recorded(transposed(left), right, not below, unit)
    if not unit:
        check_success(
            found,
            name,
            _refuse_zeros,
            left,
            right,
            expected="a triangular matrix without zeros on the diagonal",
            got="a singular one",
            remedy="add a small number to the diagonal",
        )
    return found


def _refuse_zeros(a: Array, b: Array) -> None:
    if (np.diagonal(a, axis1=-2, axis2=-1) == 0).any():
        raise np.linalg.LinAlgError


@provides("cho_solve")
def cho_solve(
    c_and_lower: tuple[Operand, bool],
    b: Operand,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Tensor:
    """The solution of A·x = b, given the Cholesky factor of A and whether it is the lower one.

    >>> cho_solve(([[2.0]], True), [8.0])
    Tensor([2.])
    """
    factor, lower = c_and_lower
    below = truth("scipy.linalg.cho_solve lower", lower)
    first = solve_triangular(factor, b, trans=0 if below else 1, lower=below)
    return solve_triangular(factor, first, trans=1 if below else 0, lower=below)
