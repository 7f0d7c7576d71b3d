"""Eigenvalues and eigenvectors of symmetric matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from chainrule.arguments import shown
from chainrule.errors import OptionError
from chainrule.graph import Array, Spec
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
from chainrule.ops.linalg.shape_rules import square_matrices
from chainrule.ops.registry import provides
from chainrule.ops.shapes import expand_dims
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["Eigh", "eigh", "eigvalsh"]


Triangle = Literal["L", "U"]


class Eigh(NamedTuple):
    """The eigenvalues in ascending order, and the eigenvectors as columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


def _eigh_shape(spec: Spec, uplo: Triangle) -> tuple[Spec, Spec]:
    square_matrices(spec)
    dtype = floating(spec.dtype)
    return Spec(spec.shape[:-1], real_part(dtype)), Spec(spec.shape, dtype)


def _eigh_value(x: Array, uplo: Triangle) -> tuple[Array, ...]:
    values, vectors = np.linalg.eigh(x, uplo)
    return values, vectors


def _eigh_notation(x: Array, uplo: Triangle) -> tuple[Array, ...]:
    shape = x.shape[-2:]
    return listed("λ", x, shape[:1]), listed("V", x, shape)


def _eigh_pullback(
    cotangents: Sequence[Tensor | None],
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    wanted: Any,
    uplo: Triangle,
) -> dict[int, Tensor]:
    """V·(diag(λ̄) + ½ F∘(VᵀV̄ − V̄ᵀV))·Vᵀ, Fᵢⱼ = 1 / (λⱼ − λᵢ), on the triangle that is read."""
    (of_values, of_vectors), (values, v) = cotangents, outputs
    inner = lift(0.0) if of_values is None else expand_dims(of_values, -2) * np.eye(v.shape[-1])
    if of_vectors is not None:
        difference = expand_dims(values, -2) - expand_dims(values, -1)
        inner += (
            0.5 * reciprocal_or_0(difference, values) * antisymmetric(transposed(v) @ of_vectors)
        )
    rows, columns = np.indices(v.shape[-2:])
    below = rows - columns if uplo == "L" else columns - rows
    whole = conj(v) @ inner @ transposed(v)
    return {0: as_cotangent(whole * (1.0 + np.sign(below)), inputs[0])}


_EIGH = primitive(
    "eigh",
    on_floats(nan_where_it_fails(_eigh_value)),
    shape=_eigh_shape,
    pullback=_eigh_pullback,
    notation=_eigh_notation,
    domain="finite symmetric matrices, or Hermitian ones",
    complex=True,
)


@provides("eigh", np.linalg.eigh)
def eigh(a: Operand, UPLO: str = "L") -> Eigh:
    """Eigenvalues and orthonormal eigenvectors of symmetric matrices, A = V·diag(λ)·Vᵀ.

    As in NumPy, only the lower triangle of A is read (`UPLO="L"`), or the upper one ("U").  The
    gradient is that of the entries that are read, and 0 for the others, as in autograd.  JAX shares
    it between both triangles, which is the same where a matrix is symmetric by construction.

        Ā = V·(diag(λ̄) + ½ F∘(VᵀV̄ − V̄ᵀV))·Vᵀ,  Fᵢⱼ = 1 / (λⱼ − λᵢ)

    Where eigenvalues are equal up to rounding, their eigenvectors are not determined, and Fᵢⱼ is
    taken as 0.

    Raises ShapeError unless the matrices are square, and OptionError for another `UPLO`.

    Source: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
    differentiation", 2008.

    >>> import chainrule as cr
    >>> cr.eigh([[2.0, 1.0], [1.0, 2.0]]).eigenvalues
    Tensor([1., 3.])
    """
    return Eigh(*apply_all(_EIGH, lift(a), uplo=_triangle("np.linalg.eigh", UPLO)))


@provides("eigvalsh", np.linalg.eigvalsh)
def eigvalsh(a: Operand, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices in ascending order; see `eigh`.

    ∂λᵢ/∂A = vᵢ·vᵢᵀ

    >>> import numpy as np, chainrule as cr
    >>> np.linalg.eigvalsh(cr.variable([[2.0, 1.0], [1.0, 2.0]]))
    Tensor([1., 3.])
    """
    return apply_all(_EIGH, lift(a), uplo=_triangle("np.linalg.eigvalsh", UPLO))[0]


def _triangle(where: str, uplo: Any) -> Triangle:
    if uplo in ("L", "l"):
        return "L"
    if uplo in ("U", "u"):
        return "U"
    raise OptionError(f"{where} UPLO", expected="'L' or 'U'", got=shown(uplo))
