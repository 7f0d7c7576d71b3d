"""The inverse of a matrix."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array, Spec
from chainrule.ops.define import apply, floating, on_floats, primitive
from chainrule.ops.linalg.failures import nan_where_it_fails, square_matrices
from chainrule.ops.linalg.notation import LARGEST_WRITTEN, inverse, listed
from chainrule.ops.registry import provides
from chainrule.ops.shapes import swapaxes
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["INVERTIBLE", "inv"]

INVERTIBLE = "square matrices that have an inverse"
"""The domain of inverses and logarithms of determinants."""


def _inv_shape(spec: Spec) -> Spec:
    square_matrices(spec)
    return Spec(spec.shape, floating(spec.dtype))


def _inv_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    transposed = swapaxes(y, -1, -2)
    return -(transposed @ g @ transposed)


def _inv_notation(x: Array) -> Array:
    if x.shape[-1] > LARGEST_WRITTEN:
        return listed("inv", x, x.shape[-2:])
    return np.vectorize(inverse, [object], signature="(n,n)->(n,n)")(x)


_INV = primitive(
    "inv",
    on_floats(nan_where_it_fails(np.linalg.inv)),
    shape=_inv_shape,
    vjp=(_inv_vjp,),
    notation=_inv_notation,
    domain=INVERTIBLE,
    complex=True,
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
