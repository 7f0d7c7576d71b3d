"""Eigenvalues and eigenvectors of matrices that need not be symmetric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.graph import Array, Spec
from chainrule.ops.define import apply_all, as_cotangent, floating, on_floats, primitive
from chainrule.ops.elementwise import conj
from chainrule.ops.linalg.failures import nan_where_it_fails
from chainrule.ops.linalg.matrix_parts import reciprocal_or_0, transposed
from chainrule.ops.linalg.notation import listed
from chainrule.ops.linalg.shape_rules import square_matrices
from chainrule.ops.linalg.solve import solve_or_nan
from chainrule.ops.reductions import sum
from chainrule.ops.registry import provides
from chainrule.ops.shapes import expand_dims
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["Eig", "eig", "eigvals"]


class Eig(NamedTuple):
    """The eigenvalues in no particular order, and the eigenvectors, of length 1, as columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


def _eig_shape(spec: Spec) -> tuple[Spec, Spec]:
    square_matrices(spec)
    dtype = floating(spec.dtype)
    return Spec(spec.shape[:-1], dtype), Spec(spec.shape, dtype)


def _eig_value(x: Array) -> tuple[Array, ...]:
    """Of a real array, complex eigenvalues and eigenvectors are nan."""
    if np.iscomplexobj(x):  # one that was real is computed as such, as by NumPy
        return tuple(np.linalg.eig(x if np.imag(x).any() else np.real(x)))
    values, vectors = np.linalg.eig(x)
    if values.dtype.kind != "c":
        return values, vectors
    real = np.all(np.imag(values) == 0, axis=-1, keepdims=True)
    return (
        np.where(real, np.real(values), np.nan),
        np.where(real[..., None], np.real(vectors), np.nan),
    )


def _eig_notation(x: Array) -> tuple[Array, ...]:
    shape = x.shape[-2:]
    return listed("λ", x, shape[:1]), listed("V", x, shape)


def _eig_pullback(
    cotangents: Sequence[Tensor | None],
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    wanted: Any,
) -> dict[int, Tensor]:
    """V⁻ᵀ·(diag(λ̄) + F∘(VᵀV̄ − VᵀV·diag(VᵀV̄)))·Vᵀ, Fᵢⱼ = 1 / (λⱼ − λᵢ).

    Of complex vectors, the V between Vᵀ and diag is conjugated: they keep length and phase.
    """
    (of_values, of_vectors), (values, v) = cotangents, outputs
    identity, vt = np.eye(values.shape[-1]), transposed(v)
    inner = lift(0.0) if of_values is None else expand_dims(of_values, -2) * identity
    if of_vectors is not None:
        difference = expand_dims(values, -2) - expand_dims(values, -1)
        lengths = sum(v * of_vectors, -2, keepdims=True)
        inner += reciprocal_or_0(difference, values) * (vt @ of_vectors - (vt @ conj(v)) * lengths)
    return {0: as_cotangent(solve_or_nan(vt, inner @ vt), inputs[0])}


_EIG = primitive(
    "eig",
    on_floats(nan_where_it_fails(_eig_value)),
    shape=_eig_shape,
    pullback=_eig_pullback,
    notation=_eig_notation,
    domain="finite matrices; of a real array that is traced, those whose eigenvalues are real",
    complex=True,
)


@provides("eig", np.linalg.eig)
def eig(a: Operand) -> Eig:
    """Eigenvalues and eigenvectors of square matrices over the last two axes.

        Ā = V⁻ᵀ·(diag(λ̄) + F∘(VᵀV̄ − VᵀV·diag(VᵀV̄)))·Vᵀ,  Fᵢⱼ = 1 / (λⱼ − λᵢ)

    Where eigenvalues are equal up to rounding, Fᵢⱼ is taken as 0.

    Of real matrices they are complex if an eigenvalue of any is.  Where a function is traced or
    compiled, which fixes the dtypes before, those of such a matrix are nan: cast it to complex.

    Raises ShapeError unless the matrices are square.

    Source: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
    differentiation", 2008.

    >>> import numpy as np, chainrule as cr
    >>> np.linalg.eig(cr.variable([[2.0, 1.0], [0.0, 3.0]])).eigenvalues
    Tensor([2., 3.])
    """
    return Eig(*_found(lift(a)))


@provides("eigvals", np.linalg.eigvals)
def eigvals(a: Operand) -> Tensor:
    """The eigenvalues of square matrices; see `eig`.

    >>> import numpy as np, chainrule as cr
    >>> np.linalg.eigvals(cr.variable([[2.0, 1.0], [0.0, 3.0]]))
    Tensor([2., 3.])
    """
    return _found(lift(a))[0]


def _found(x: Tensor) -> list[Tensor]:
    found = apply_all(_EIG, x)
    values = found[0].node.value
    missing = values is not None and values.dtype.kind != "c" and np.isnan(values).any()
    if missing and np.isfinite(x.value).all():
        return apply_all(_EIG, x.astype(np.result_type(x.dtype, found[0].dtype, np.complex64)))
    return found
