"""The inverse of a matrix."""

from __future__ import annotations

import numpy as np

from chainrule.ops.define import apply, on_floats, primitive
from chainrule.ops.linalg.failures import check_success, nan_where_it_fails
from chainrule.ops.linalg.matrix_parts import transposed
from chainrule.ops.linalg.notation import entries, inverse
from chainrule.ops.linalg.shape_rules import square_shape
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["INVERTIBLE", "inv", "inv_or_nan"]

INVERTIBLE = "square matrices that have an inverse"
"""The domain of inverses and logarithms of determinants."""


def _inv_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    yt = transposed(y)
    return -(yt @ g @ yt)


_INV = primitive(
    "inv",
    on_floats(nan_where_it_fails(np.linalg.inv)),
    shape=square_shape,
    vjp=(_inv_vjp,),
    notation=entries("inv", inverse),
    domain=INVERTIBLE,
    complex=True,
)


def inv_or_nan(x: Operand) -> Tensor:
    """`inv`, but the result is nan for singular matrices.

    >>> inv_or_nan([[0.0]])
    Tensor([[nan]])
    """
    return apply(_INV, lift(x))


@provides("inv", np.linalg.inv)
def inv(x: Operand) -> Tensor:
    """The inverse of each matrix over the last two axes.

    Y = X⁻¹,  ∂L/∂X = −Yᵀ·G·Yᵀ

    Raises ShapeError unless the matrices are square, and MatrixError for a singular one, except
    where the function is traced or compiled: there the result is nan.

    >>> import chainrule as cr
    >>> cr.inv([[2.0, 0.0], [0.0, 4.0]])
    Tensor([[0.5 , 0.  ],
            [0.  , 0.25]])
    """
    x = lift(x)
    found = apply(_INV, x)
    check_success(
        found,
        "np.linalg.inv",
        np.linalg.inv,
        x,
        expected=INVERTIBLE,
        got="a singular matrix",
        remedy="use np.linalg.pinv, or add a small multiple of np.eye",
    )
    return found
