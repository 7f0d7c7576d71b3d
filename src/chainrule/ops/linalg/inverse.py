"""The inverse of a matrix, and the sign and logarithm of its determinant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import apply, apply_all, floating, on_floats, primitive
from chainrule.ops.registry import provides
from chainrule.ops.shapes import expand_dims, swapaxes
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["SlogDet", "inv", "slogdet"]

INVERTIBLE = "square matrices that have an inverse"


class SlogDet(NamedTuple):
    """The sign of a determinant, 0 if it is 0, and the logarithm of its absolute value."""

    sign: Tensor
    logabsdet: Tensor


def _square(spec: Spec) -> Spec:
    if len(spec.shape) < 2 or spec.shape[-1] != spec.shape[-2]:
        raise misfit("the last two axes equally long")
    return Spec(spec.shape, floating(spec.dtype))


def _determinant(x: Array) -> Any:
    """Laplace's expansion along the first row."""
    signs = (-1.0) ** np.arange(len(x))
    return sum(s * x[0, j] * _determinant(_minor(x, 0, j)) for j, s in enumerate(signs)) or 1.0


def _minor(x: Array, row: int, column: int) -> Array:
    return np.delete(np.delete(x, row, 0), column, 1)


def _adjugate_over_determinant(x: Array) -> Array:
    """Cramer's rule."""
    found, whole = np.empty_like(x), _determinant(x)
    for i, j in np.ndindex(*x.shape):
        found[i, j] = (-1.0) ** (i + j) * _determinant(_minor(x, j, i)) / whole
    return found


def _inv(x: Array) -> Array:
    singular = (np.linalg.det(x) == 0)[..., None, None]
    inverse = np.linalg.inv(np.where(singular, np.eye(x.shape[-1], dtype=x.dtype), x))
    return np.where(singular, x.dtype.type(np.nan), inverse)


def _inv_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    transposed = swapaxes(y, -1, -2)
    return -(transposed @ g @ transposed)


_INV = primitive(
    "inv",
    on_floats(_inv),
    shape=_square,
    vjp=(_inv_vjp,),
    notation=np.vectorize(_adjugate_over_determinant, [object], signature="(n,n)->(n,n)"),
    domain=INVERTIBLE,
)


@provides("inv", np.linalg.inv)
def inv(x: Operand) -> Tensor:
    """The inverse of each matrix over the last two axes; nan if it has none.

    Y = X⁻¹,  ∂L/∂X = −Yᵀ·G·Yᵀ

    Raises ShapeError unless the matrices are square.

    >>> import chainrule as cr
    >>> cr.inv([[2.0, 0.0], [0.0, 4.0]])
    Tensor([[0.5 , 0.  ],
            [0.  , 0.25]])
    """
    return apply(_INV, lift(x))


def _slogdet_shape(spec: Spec) -> tuple[Spec, Spec]:
    found = Spec(_square(spec).shape[:-2], floating(spec.dtype))
    return found, found


def _slogdet_pullback(
    cotangents: Sequence[Tensor | None], outputs: Any, inputs: Sequence[Tensor], wanted: Any
) -> dict[int, Tensor]:
    (_, g), (x,) = cotangents, inputs
    if g is None:
        return {}
    return {0: expand_dims(g, (-1, -2)) * swapaxes(inv(x), -1, -2)}


def _slogdet_notation(x: Array) -> tuple[Array, ...]:
    determinants = np.vectorize(_determinant, [object], signature="(n,n)->()")(x).view(type(x))
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
)


@provides("slogdet", np.linalg.slogdet)
def slogdet(x: Operand) -> SlogDet:
    """Sign and logarithm of the determinant of each matrix over the last two axes.

    ∂ln|det X|/∂X = (X⁻¹)ᵀ; no gradient flows through the sign.

    Raises ShapeError unless the matrices are square.

    >>> import chainrule as cr
    >>> cr.slogdet([[0.0, 2.0], [0.5, 0.0]])
    SlogDet(sign=Tensor(-1.0), logabsdet=Tensor(0.0))
    """
    return SlogDet(*apply_all(_SLOGDET, lift(x)))
