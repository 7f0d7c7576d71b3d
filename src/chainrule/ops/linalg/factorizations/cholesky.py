"""The Cholesky factorization of positive definite matrices."""

from __future__ import annotations

import functools

import numpy as np

from chainrule.arguments import truth
from chainrule.graph import Array
from chainrule.ops.define import apply, on_floats, primitive
from chainrule.ops.elementwise import conj
from chainrule.ops.linalg.failures import check_success, nan_where_it_fails
from chainrule.ops.linalg.matrix_parts import hermitian, lower_triangle, transposed
from chainrule.ops.linalg.notation import entries
from chainrule.ops.linalg.shape_rules import square_shape
from chainrule.ops.linalg.solve import solve_or_nan
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["cholesky"]

POSITIVE = "symmetric matrices, or Hermitian ones, whose eigenvalues are positive"


def _cholesky_vjp(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """½(S + Sᴴ) with S = L⁻ᵀ·Φ(Lᵀ·G)·L̄⁻¹, where Φ keeps the lower triangle and ½ the diagonal.

    L̄ is the conjugate of L here, so that of real matrices S is L⁻ᵀ·Φ(Lᵀ·G)·L⁻¹.
    """
    yt = transposed(y)
    left = solve_or_nan(yt, lower_triangle(yt @ g, 0.5))
    return conj(hermitian(solve_or_nan(conj(yt), transposed(left))))


def _one_factor(x: Array) -> Array:
    """Row by row: Lᵢⱼ = (Aᵢⱼ − Σₖ Lᵢₖ·Lⱼₖ) / Lⱼⱼ, and the square root on the diagonal."""
    found = np.full(x.shape, 0.0, dtype=object)
    for i in range(len(x)):
        for j in range(i + 1):
            rest = x[i, j] - (found[i, :j] * found[j, :j]).sum()
            found[i, j] = (
                rest / found[j, j] if j < i else np.sqrt(np.asarray(rest).view(type(x)))[()]
            )
    return found


_CHOLESKY = primitive(
    "cholesky",
    on_floats(nan_where_it_fails(np.linalg.cholesky)),
    shape=square_shape,
    vjp=(_cholesky_vjp,),
    notation=entries("L", _one_factor),
    domain=POSITIVE,
    complex=True,
)


@provides("cholesky", np.linalg.cholesky)
def cholesky(a: Operand, *, upper: bool = False) -> Tensor:
    """The lower triangular L with A = L·Lᴴ, of each matrix over the last two axes.

    Lᴴ is Lᵀ for real matrices.  With `upper`, the result is Lᴴ.  As in NumPy, only the lower
    triangle of A is read, or the upper one with `upper`.  The gradient is that of a symmetric
    matrix, or of a Hermitian one, as in JAX and autograd:

        Ā = ½(S + Sᵀ),  S = L⁻ᵀ·Φ(Lᵀ·G)·L⁻¹

    where Φ keeps the lower triangle, with half the diagonal.

    Raises ShapeError unless the matrices are square, and MatrixError for one that is not positive
    definite, except where the function is traced or compiled: there the result is nan.

    Source: I. Murray, "Differentiation of the Cholesky decomposition", 2016.

    >>> import chainrule as cr
    >>> cr.cholesky([[4.0, 2.0], [2.0, 10.0]])
    Tensor([[2., 0.],
            [1., 3.]])
    """
    x = lift(a)
    above = truth("np.linalg.cholesky upper", upper)
    found = apply(_CHOLESKY, transposed(conj(x)) if above else x)
    check_success(
        found,
        "np.linalg.cholesky",
        functools.partial(np.linalg.cholesky, upper=above),
        x,
        expected="positive definite matrices",
        got="one that is not",
        remedy="check that it is symmetric, or add a small multiple of np.eye",
    )
    return transposed(conj(found)) if above else found
