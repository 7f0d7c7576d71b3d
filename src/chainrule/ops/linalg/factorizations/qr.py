"""The QR factorization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.arguments import shown
from chainrule.errors import OptionError
from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import apply_all, floating, on_floats, primitive
from chainrule.ops.elementwise import conj
from chainrule.ops.linalg.matrix_parts import lower_triangle, transposed
from chainrule.ops.linalg.notation import listed
from chainrule.ops.linalg.solve import solve_or_nan
from chainrule.ops.registry import provides
from chainrule.ops.shapes import concatenate
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["QR", "qr"]


class QR(NamedTuple):
    """Orthonormal columns of Q, and the upper triangular R."""

    Q: Tensor
    R: Tensor


def _qr_shape(spec: Spec) -> tuple[Spec, Spec]:
    if len(spec.shape) < 2:
        raise misfit("at least two axes")
    *batch, _, n = spec.shape
    dtype = floating(spec.dtype)
    return Spec(spec.shape, dtype), Spec((*batch, n, n), dtype)


def _qr_value(x: Array) -> tuple[Array, ...]:
    return tuple(np.linalg.qr(x))


def _qr_notation(x: Array) -> tuple[Array, ...]:
    m, n = x.shape[-2:]
    return listed("Q", x, (m, n)), listed("R", x, (n, n))


def _qr_pullback(
    cotangents: Sequence[Tensor | None],
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    wanted: Any,
) -> dict[int, Tensor]:
    """The solution X of X·Rᵀ = Q̄ + Q·(T + Tᵀ), where T = Φ(R·R̄ᵀ − Q̄ᵀ·Q) is lower triangular.

    Of complex matrices, Q and the first T are conjugated: the diagonal of R is real.
    """
    (of_q, of_r), (q, r) = cotangents, outputs
    inner: Any = 0.0
    right: Any = 0.0
    if of_r is not None:
        inner = r @ transposed(of_r)
    if of_q is not None:
        inner -= transposed(of_q) @ q
        right = of_q
    half = lower_triangle(inner, 0.5)
    right += conj(q) @ (conj(half) + transposed(half))
    return {0: transposed(solve_or_nan(r, transposed(right)))}


_QR = primitive(
    "qr",
    on_floats(_qr_value),
    shape=_qr_shape,
    pullback=_qr_pullback,
    notation=_qr_notation,
    domain="matrices whose columns are linearly independent",
    complex=True,
)


@provides("qr", np.linalg.qr)
def qr(a: Operand, mode: str = "reduced") -> Any:
    """The factorization A = Q·R of each matrix over the last two axes.

    `mode` is "reduced", "r" for R alone, or, for square matrices, "complete".

        Ā = (Q̄ + Q·(T + Tᵀ))·R⁻ᵀ,  T = Φ(R·R̄ᵀ − Q̄ᵀ·Q)

    where Φ keeps the lower triangle, with half the diagonal.  If there are more columns than rows,
    this is the rule for the first ones, which determine Q.  The gradient is nan where these are
    linearly dependent.

    Raises OptionError for a mode that is not recorded.

    Source: S. Walter, L. Lehmann, "Algorithmic differentiation of linear algebra functions", 2010.

    >>> import numpy as np, chainrule as cr
    >>> abs(cr.qr([[3.0], [4.0]]).R)
    Tensor([[5.]])
    """
    x = lift(a)
    square = x.ndim < 2 or x.shape[-1] == x.shape[-2]
    if mode not in ("reduced", "r") and not (mode == "complete" and square):
        raise OptionError(
            "np.linalg.qr mode",
            expected="'reduced', 'r', or, for square matrices, 'complete'",
            got=shown(mode),
            remedy="use mode='reduced'",
        )
    wide = x.ndim > 1 and x.shape[-1] > x.shape[-2]
    n = x.shape[-2] if wide else None
    q, r = apply_all(_QR, x[..., :n] if wide else x)
    if wide:  # the further columns of R are those of QᴴA
        r = concatenate([r, transposed(conj(q)) @ x[..., n:]], -1)
    return r if mode == "r" else QR(q, r)
