"""The QR factorization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.arguments import shown
from chainrule.errors import OptionError
from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import apply_all, floating, on_floats, primitive
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
    *batch, m, n = spec.shape
    k, dtype = min(m, n), floating(spec.dtype)
    return Spec((*batch, m, k), dtype), Spec((*batch, k, n), dtype)


def _qr_value(x: Array) -> tuple[Array, ...]:
    return tuple(np.linalg.qr(x))


def _qr_notation(x: Array) -> tuple[Array, ...]:
    m, n = x.shape[-2:]
    k = min(m, n)
    return listed("Q", x, (m, k)), listed("R", x, (k, n))


def _qr_pullback(
    cotangents: Sequence[Tensor | None],
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    wanted: Any,
) -> dict[int, Tensor]:
    """The rule for matrices with no more columns than rows, applied to the first columns of others.

    The other columns Y have R₂ = QᵀY.
    """
    (of_q, of_r), (q, r), (x,) = cotangents, outputs, inputs
    k = q.shape[-1]
    upstream = lift(np.zeros((), q.dtype)) if of_q is None else of_q
    rest = None
    if r.shape[-1] > k and of_r is not None:
        rest = q @ of_r[..., k:]
        upstream += x[..., k:] @ transposed(of_r[..., k:])
    first = r[..., :k]
    inner = lift(0.0)
    if of_r is not None:
        inner += first @ transposed(of_r[..., :k])
    if upstream.ndim:
        inner -= transposed(upstream) @ q
    half = lower_triangle(inner, 0.5)
    gradient = upstream + q @ (half + transposed(half))
    found = transposed(solve_or_nan(first, transposed(gradient)))
    if r.shape[-1] > k:
        others = x[..., k:] * 0.0 if rest is None else rest
        found = concatenate([found, others], -1)
    return {0: found.astype(x.dtype)}


_QR = primitive(
    "qr",
    on_floats(_qr_value),
    shape=_qr_shape,
    pullback=_qr_pullback,
    notation=_qr_notation,
    domain="matrices whose first columns are linearly independent",
)


@provides("qr", np.linalg.qr)
def qr(a: Operand, mode: str = "reduced") -> Any:
    """The factorization A = Q·R of each matrix over the last two axes.

    `mode` is "reduced", "r" for R alone, or, for square matrices, "complete".

        Ā = (Q̄ + Q·(T + Tᵀ))·R⁻ᵀ,  T = Φ(R·R̄ᵀ − Q̄ᵀ·Q)

    where Φ keeps the lower triangle, with half the diagonal.  The gradient is nan where the first
    columns are linearly dependent.

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
    found = QR(*apply_all(_QR, x))
    return found.R if mode == "r" else found
