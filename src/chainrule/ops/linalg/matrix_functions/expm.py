"""The exponential of a matrix."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array
from chainrule.ops.define import apply, on_floats, primitive
from chainrule.ops.linalg.matrix_parts import transposed
from chainrule.ops.linalg.notation import entries
from chainrule.ops.linalg.shape_rules import square_shape
from chainrule.ops.registry import provides
from chainrule.ops.shapes import concatenate
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["expm"]


def _expm_value(x: Array) -> Array:
    from scipy import linalg  # not at the top: the import takes 0.1 s

    return linalg.expm(x)


def _expm_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """The derivative in direction G of the exponential at Xᵀ: the upper right block of

    exp [[Xᵀ, G], [0, Xᵀ]].
    """
    n, xt = x.shape[-1], transposed(x)
    rows = [concatenate([xt, g], -1), concatenate([np.zeros(x.shape, x.dtype), xt], -1)]
    return expm(concatenate(rows, -2))[..., :n, n:]


_EXPM = primitive(
    "expm",
    on_floats(_expm_value),
    shape=square_shape,
    vjp=(_expm_vjp,),
    notation=entries("expm"),
    domain="matrices whose exponential fits into floats",
)


@provides("expm")
def expm(A: Operand) -> Tensor:
    """The exponential Σ Aᵏ / k! of each matrix over the last two axes.

    Raises ShapeError unless the matrices are square.

    Source: A. Al-Mohy, N. Higham, "Computing the Fréchet derivative of the matrix exponential, with
    an application to condition number estimation", 2009, for the block matrix of the gradient.

    >>> expm([[0.0, 1.0], [0.0, 0.0]])
    Tensor([[1., 1.],
            [0., 1.]])
    """
    return apply(_EXPM, lift(A))
