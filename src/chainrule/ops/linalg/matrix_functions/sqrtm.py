"""The square root of a matrix."""

from __future__ import annotations

import numpy as np

from chainrule.errors import MatrixError
from chainrule.graph import Array
from chainrule.ops.define import apply, on_floats, primitive
from chainrule.ops.linalg.matrix_functions.sylvester import solve_sylvester
from chainrule.ops.linalg.matrix_parts import transposed
from chainrule.ops.linalg.notation import entries
from chainrule.ops.linalg.shape_rules import square_shape
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["sqrtm"]


def _sqrtm_value(x: Array) -> Array:
    """A root that is complex is nan."""
    from scipy import linalg  # not at the top: the import takes 0.1 s

    found = np.empty_like(x)
    for at in np.ndindex(*x.shape[:-2]):
        finite = np.isfinite(x[at]).all()
        root = np.asarray(linalg.sqrtm(x[at]) if finite and x[at].size else x[at])
        real = root.dtype.kind != "c" or (root.imag == 0).all()
        found[at] = root.real if real else np.nan
    return found


def _sqrtm_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    yt = transposed(y)
    return solve_sylvester(yt, yt, g)


_SQRTM = primitive(
    "sqrtm",
    on_floats(_sqrtm_value),
    shape=square_shape,
    vjp=(_sqrtm_vjp,),
    notation=entries("sqrtm"),
    domain="matrices with a real square root, and without the eigenvalue 0",
)


@provides("sqrtm")
def sqrtm(A: Operand) -> Tensor:
    """The principal square root Y of each matrix over the last two axes: Y·Y = A.

    Ā is the solution of Yᵀ·Ā + Ā·Yᵀ = G.

    Raises ShapeError unless the matrices are square, and MatrixError where the root is complex,
    except where the function is traced or compiled: there it is nan.

    >>> sqrtm([[4.0, 0.0], [0.0, 9.0]])
    Tensor([[2., 0.],
            [0., 3.]])
    """
    x = lift(A)
    found = apply(_SQRTM, x)
    value = found.node.value
    if value is not None and np.isnan(value).any() and np.isfinite(x.value).all():
        raise MatrixError(
            "scipy.linalg.sqrtm",
            expected="matrices with a real square root, since complex ones are not recorded",
            got="one with a negative eigenvalue",
            remedy="compute with x.value where a constant is meant",
        )
    return found
