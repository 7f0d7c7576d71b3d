"""Determinants, and the sign and logarithm of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.graph import Array, Spec
from chainrule.ops.define import apply, apply_all, floating, on_floats, primitive, real_part
from chainrule.ops.elementwise import imag, where
from chainrule.ops.linalg.factorizations.svd import svd
from chainrule.ops.linalg.failures import nan_where_it_fails
from chainrule.ops.linalg.inverse import INVERTIBLE, inv_or_nan
from chainrule.ops.linalg.matrix_parts import transposed
from chainrule.ops.linalg.notation import (
    LARGEST_WRITTEN,
    cofactor_matrix,
    determinant,
    entries,
    listed,
)
from chainrule.ops.linalg.shape_rules import square_matrices, square_shape
from chainrule.ops.reductions import prod, sum
from chainrule.ops.registry import provides
from chainrule.ops.shapes import expand_dims
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["SlogDet", "cofactors", "det", "slogdet"]


WELL_CONDITIONED = 1e4
"""The condition number up to which det A · A⁻ᵀ is as exact as the singular values."""


class SlogDet(NamedTuple):
    """The sign of a determinant, 0 if it is 0, and the logarithm of its absolute value."""

    sign: Tensor
    logabsdet: Tensor


def _one_number(spec: Spec) -> Spec:
    square_matrices(spec)
    return Spec(spec.shape[:-2], floating(spec.dtype))


def _det_notation(x: Array) -> Array:
    if x.shape[-1] > LARGEST_WRITTEN:
        return listed("det", x, ())
    return np.vectorize(determinant, [object], signature="(n,n)->()")(x).view(type(x))


def _det_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    if x.dtype.kind == "c":
        return expand_dims(g * y, (-1, -2)) * transposed(inv_or_nan(x))
    return expand_dims(g, (-1, -2)) * cofactors(x)


_DET = primitive(
    "det",
    on_floats(np.linalg.det),
    shape=_one_number,
    vjp=(_det_vjp,),
    notation=_det_notation,
    complex=True,
)


@provides("det", np.linalg.det)
def det(a: Operand) -> Tensor:
    """The determinant of each matrix over the last two axes.

    ∂ det A / ∂Aᵢⱼ is the cofactor of that entry, also where A is singular; elsewhere it is the
    entry of det A · A⁻ᵀ.  A complex matrix must have an inverse.

    Raises ShapeError unless the matrices are square.

    >>> import chainrule as cr
    >>> cr.det([[2.0, 1.0], [0.0, 3.0]])
    Tensor(6.0)
    """
    return apply(_DET, lift(a))


def _cofactors(x: Array) -> Array:
    """By formulas for two and three rows, and otherwise by the inverse, if the matrix has one."""
    if x.shape[-1] == 2:
        return x[..., ::-1, ::-1] * np.array([[1, -1], [-1, 1]], x.dtype)
    if x.shape[-1] == 3:
        return np.cross(np.roll(x, -1, -2), np.roll(x, -2, -2))
    try:
        inverse = np.linalg.inv(x)
    except np.linalg.LinAlgError:
        return _by_singular_values(x)
    size = np.abs(x).sum((-1, -2)) * np.abs(inverse).sum((-1, -2))
    if np.all(size < WELL_CONDITIONED * x.shape[-1] ** 2):
        return np.linalg.det(x)[..., None, None] * inverse.swapaxes(-1, -2)
    return _by_singular_values(x)


def _by_singular_values(x: Array) -> Array:
    """The products of all singular values but one, since det A · A⁻ᵀ loses its digits.

    If the matrix is singular, it is 0·∞.
    """
    u, s, vt = np.linalg.svd(x)
    others = np.prod(np.where(np.eye(s.shape[-1], dtype=bool), 1, s[..., None, :]), -1)
    rotation = np.linalg.det(u) * np.linalg.det(vt)
    return rotation[..., None, None] * ((u * others[..., None, :]) @ vt)


def _cofactors_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """In the basis of singular vectors, by the products of all singular values but two.

    For a diagonal matrix, ∂²det/∂Aᵢᵢ∂Aⱼⱼ and −∂²det/∂Aᵢⱼ∂Aⱼᵢ are these products, and the other
    second derivatives are 0.
    """
    n = x.shape[-1]
    u, s, vt = svd(x)
    i, j, k = np.indices((n, n, n))
    pairs = prod(where((k == i) | (k == j), 1.0, expand_dims(s, (-2, -3))), -1)
    rotated = transposed(u) @ g @ transposed(vt)
    diagonal = sum(rotated * np.eye(n), -1, keepdims=True)
    inner = np.eye(n) * (pairs @ diagonal) - pairs * transposed(rotated)
    rotation = expand_dims(det(u @ vt), (-1, -2))
    return (rotation * (u @ inner @ vt)).astype(x.dtype)


_COFACTORS = primitive(
    "cofactors",
    on_floats(nan_where_it_fails(_cofactors)),
    shape=square_shape,
    vjp=(_cofactors_vjp,),
    notation=entries("cofactor", cofactor_matrix),
)


@provides("cofactors")
def cofactors(x: Operand) -> Tensor:
    """The cofactors of each square matrix: the gradient of its determinant.

    >>> cofactors([[3.0, 1.0], [1.0, 2.0]])
    Tensor([[ 2., -1.],
            [-1.,  3.]])
    """
    return apply(_COFACTORS, lift(x))


def _slogdet_shape(spec: Spec) -> tuple[Spec, Spec]:
    found = _one_number(spec)
    return found, Spec(found.shape, real_part(found.dtype))


def _slogdet_pullback(
    cotangents: Sequence[Tensor | None], outputs: Any, inputs: Sequence[Tensor], wanted: Any
) -> dict[int, Tensor]:
    """g·A⁻ᵀ; a complex sign is a point on the unit circle, which moves by the imaginary part."""
    (of_sign, g), (sign, _), (x,) = cotangents, outputs, inputs
    if of_sign is not None and x.dtype.kind == "c":
        along = 1j * imag(of_sign * sign)
        g = along if g is None else g + along
    if g is None:
        return {}
    return {0: expand_dims(g, (-1, -2)) * transposed(inv_or_nan(x))}


def _slogdet_notation(x: Array) -> tuple[Array, ...]:
    determinants = _det_notation(x)
    return np.sign(determinants), np.log(np.abs(determinants))


def _slogdet(x: Array) -> tuple[Array, ...]:
    return tuple(np.linalg.slogdet(x))


_SLOGDET = primitive(
    "slogdet",
    on_floats(_slogdet),
    shape=_slogdet_shape,
    pullback=_slogdet_pullback,
    notation=_slogdet_notation,
    domain=INVERTIBLE,
    complex=True,
)


@provides("slogdet", np.linalg.slogdet)
def slogdet(x: Operand) -> SlogDet:
    """Sign and logarithm of the determinant of each matrix over the last two axes.

    ∂ln|det X|/∂X = (X⁻¹)ᵀ; no gradient flows through the sign of real numbers.

    Raises ShapeError unless the matrices are square.

    >>> import chainrule as cr
    >>> cr.slogdet([[0.0, 2.0], [0.5, 0.0]])
    SlogDet(sign=Tensor(-1.0), logabsdet=Tensor(0.0))
    """
    return SlogDet(*apply_all(_SLOGDET, lift(x)))
