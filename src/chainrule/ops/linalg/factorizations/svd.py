"""The singular value decomposition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.arguments import truth
from chainrule.errors import DifferentiationError, OptionError
from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import (
    apply_all,
    as_cotangent,
    floating,
    on_floats,
    primitive,
    real_part,
)
from chainrule.ops.elementwise import conj
from chainrule.ops.linalg.failures import nan_where_it_fails
from chainrule.ops.linalg.matrix_parts import antisymmetric, reciprocal_or_0, transposed
from chainrule.ops.linalg.notation import listed
from chainrule.ops.registry import provides
from chainrule.ops.shapes import expand_dims
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["SVD", "svd", "svdvals"]


class SVD(NamedTuple):
    """U·diag(S)·Vh: orthonormal columns of U and rows of Vh, and the singular values S."""

    U: Tensor
    S: Tensor
    Vh: Tensor


def _svd_shape(spec: Spec, full: bool) -> tuple[Spec, Spec, Spec]:
    if len(spec.shape) < 2:
        raise misfit("at least two axes")
    *batch, m, n = spec.shape
    k, dtype = min(m, n), floating(spec.dtype)
    return (
        Spec((*batch, m, m if full else k), dtype),
        Spec((*batch, k), real_part(dtype)),
        Spec((*batch, n if full else k, n), dtype),
    )


def _svd_value(x: Array, full: bool) -> tuple[Array, ...]:
    return tuple(np.linalg.svd(x, full_matrices=full))


def _svd_notation(x: Array, full: bool) -> tuple[Array, ...]:
    m, n = x.shape[-2:]
    k = min(m, n)
    u, vt = (m, m if full else k), (n if full else k, n)
    return listed("U", x, u), listed("σ", x, (k,)), listed("Vᵀ", x, vt)


def undetermined(*, full: bool, x: Tensor) -> None:
    """Raise DifferentiationError for the singular vectors of full matrices that are not square."""
    if full:
        raise DifferentiationError(
            "np.linalg.svd",
            expected="full_matrices=False for singular vectors of matrices that are not square",
            got=f"full_matrices=True and shape {x.shape}",
            remedy="leave out the vectors that nothing determines by full_matrices=False",
        )


def _svd_pullback(
    cotangents: Sequence[Tensor | None],
    outputs: Any,
    inputs: Sequence[Tensor],
    wanted: Any,
    full: bool,
) -> dict[int, Tensor]:
    """With K and M the antisymmetric parts of UᵀŪ and VᵀV̄, the entry i, j between U and Vᵀ is

    ½(Kᵢⱼ + Mᵢⱼ) / (σⱼ − σᵢ) + ½(Kᵢⱼ − Mᵢⱼ) / (σⱼ + σᵢ),

    plus σ̄ on the diagonal.  The plain rule divides by σⱼ² − σᵢ² and loses digits if they are close.
    Gradients of complex matrices are conjugates of those formulas.
    """
    (of_u, of_s, of_vt), (u, s, vt) = cotangents, outputs
    if full:
        u, _, vt = svd(inputs[0], full_matrices=False)
    row, column = expand_dims(s, -2), expand_dims(s, -1)
    gaps, sums = reciprocal_or_0(row - column, s), reciprocal_or_0(row + column, s)
    inner = lift(0.0) if of_s is None else expand_dims(of_s, -2) * np.eye(s.shape[-1])
    outer = lift(0.0)
    if of_u is not None:
        undetermined(full=full, x=inputs[0])
        k = antisymmetric(transposed(u) @ of_u)
        inner += 0.5 * k * (gaps + sums)
        if u.shape[-2] != u.shape[-1]:
            beside = of_u - conj(u) @ (transposed(u) @ of_u)
            outer += (beside * reciprocal_or_0(row, s)) @ conj(vt)
    if of_vt is not None:
        undetermined(full=full, x=inputs[0])
        m = antisymmetric(conj(vt @ transposed(of_vt)))
        inner += 0.5 * m * (gaps - sums)
        if vt.shape[-1] != vt.shape[-2]:
            beside = of_vt - (of_vt @ transposed(vt)) @ conj(vt)
            outer += conj(u) @ (reciprocal_or_0(column, s) * beside)
    return {0: as_cotangent(conj(u) @ inner @ conj(vt) + outer, inputs[0])}


_SVD = primitive(
    "svd",
    on_floats(nan_where_it_fails(_svd_value)),
    shape=_svd_shape,
    pullback=_svd_pullback,
    notation=_svd_notation,
    domain="finite matrices",
    complex=True,
)


@provides("svd", np.linalg.svd)
def svd(
    a: Operand, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """The singular value decomposition A = U·diag(S)·Vh of each matrix over the last two axes.

    With `compute_uv=False`, the singular values alone, as one tensor.  For matrices that are not
    square, U and V have a gradient with `full_matrices=False` only: the other columns of full
    matrices are not determined.

        Ā = U·(E + diag(S̄))·Vᵀ + (1 − U·Uᵀ)·Ū·S⁻¹·Vᵀ + U·S⁻¹·V̄ᵀ·(1 − V·Vᵀ)

    where E divides by differences and sums of singular values.  Where these are 0 up to rounding,
    the singular vectors are not determined, and the terms are taken as 0.  That is right for U·Vᵀ
    and for the singular values, which do not depend on their choice.

    Raises OptionError for `hermitian=True`, and DifferentiationError for the gradient of U and V
    of full matrices.

    Source: J. Townsend, "Differentiating the singular value decomposition", 2016.

    >>> import numpy as np, chainrule as cr
    >>> cr.svd([[0.0, 2.0], [3.0, 0.0]]).S
    Tensor([3., 2.])
    """
    x = lift(a)
    if truth("np.linalg.svd hermitian", hermitian):
        raise OptionError(
            "np.linalg.svd",
            expected="hermitian=False",
            got="hermitian=True",
            remedy="leave it out, or use np.linalg.eigh",
        )
    vectors = truth("np.linalg.svd compute_uv", compute_uv)
    full = truth("np.linalg.svd full_matrices", full_matrices)
    square = x.ndim < 2 or x.shape[-1] == x.shape[-2]
    found = SVD(*apply_all(_SVD, x, full=full and vectors and not square))
    return found if vectors else found.S


@provides("svdvals", np.linalg.svdvals)
def svdvals(x: Operand) -> Tensor:
    """The singular values of each matrix over the last two axes, in descending order.

    ∂σᵢ/∂A = uᵢ·vᵢᵀ

    >>> import numpy as np, chainrule as cr
    >>> np.linalg.svdvals(cr.variable([[0.0, 2.0], [3.0, 0.0]]))
    Tensor([3., 2.])
    """
    return svd(x, full_matrices=False, compute_uv=False)
