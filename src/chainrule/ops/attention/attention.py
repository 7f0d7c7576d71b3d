"""Scaled dot-product attention as one operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array, Spec
from chainrule.ops.attention.counted import blocks, counted, part, weights, weights_on_paper
from chainrule.ops.attention.pullback import attention_pullback
from chainrule.ops.attention.weights import checked, recorded_weights
from chainrule.ops.define import apply, primitive
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["attention"]


def _attention(q: Array, k: Array, v: Array, *mask: Array, causal: bool, scale: float) -> Array:
    out = np.empty((*q.shape[:-1], v.shape[-1]), q.dtype)
    for rows in blocks(q.shape[-2]):
        counts = counted(rows, k.shape[-2], part(mask, rows), causal)
        out[..., rows, :] = weights(q[..., rows, :], k, counts, scale) @ v
    return out


def _on_paper(q: Array, k: Array, v: Array, *mask: Array, causal: bool, scale: float) -> Array:
    rows = slice(0, q.shape[-2])
    return weights_on_paper(q, k, counted(rows, k.shape[-2], mask, causal), scale) @ v


def _shape(q: Spec, k: Spec, v: Spec, *_: Spec, **__: Any) -> Spec:
    return Spec((*q.shape[:-1], v.shape[-1]), q.dtype)


def _pullback(
    cotangents: Sequence[Tensor],
    outputs: Any,
    inputs: Sequence[Tensor],
    wanted: Sequence[int],
    *,
    causal: bool,
    scale: float,
) -> dict[int, Tensor]:
    (g,), (q, k, v, *mask) = cotangents, inputs
    found = attention_pullback(q, k, v, g, *mask, causal=causal, scale=scale)
    return {i: found[i] for i in wanted}


def _expanded(
    q: Tensor, k: Tensor, v: Tensor, *mask: Tensor, causal: bool, scale: float
) -> list[Tensor]:
    """Scores, weights and means as operations of their own, which explanations show."""
    return [recorded_weights(q, k, mask, causal, scale) @ v]


_ATTENTION = primitive(
    "attention",
    _attention,
    shape=_shape,
    pullback=_pullback,
    notation=_on_paper,
    expansion=_expanded,
)


@provides("attention")
def attention(
    q: Operand,
    k: Operand,
    v: Operand,
    mask: Operand | None = None,
    *,
    causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """Scaled dot-product attention: for each query, a mean of the values, by how its key fits.

    Y = P·V,  P = softmax(s·Q·Kᵀ) over the keys that count,  s = 1 / √D unless `scale` is given
    ∂L/∂V = Pᵀ·G,  ∂L/∂Q = s·S·K,  ∂L/∂K = s·Sᵀ·Q  with  S = P∘(G·Vᵀ − rowsum(P∘G·Vᵀ))

    q is (…, T, D), k (…, S, D), v (…, S, E) and Y (…, T, E); leading axes broadcast.  `mask` is of
    booleans that broadcast to (…, T, S), True where a key counts for a query: (B, 1, S) for the
    entries of a batch that are no padding.  With `causal`, query i sees keys 0 … i only.  A query
    for which no key counts gets zeros, and no gradient flows from it.

    The weights P are not kept for the way back: they are computed again there, some queries at a
    time, so that memory grows with T and S, not with T·S.  `attention_weights` returns them.

    Raises ShapeError for shapes that do not fit together or without a key, and OptionError for a
    mask that is not of booleans.

    >>> attention([[1.0]], [[0.0], [0.0]], [[2.0], [4.0]])
    Tensor([[3.]])
    >>> attention([[1.0]], [[0.0], [0.0]], [[2.0], [4.0]], mask=[[True, False]])
    Tensor([[2.]])

    Vaswani et al., "Attention is all you need", 2017; Rabe and Staats, "Self-attention does not
    need O(n²) memory", 2021; Dao, Fu, Ermon, Rudra and Ré, "FlashAttention", 2022.
    """
    given = checked("attention", q, k, v, mask, scale)
    operands = given.q, given.k, given.v, *given.mask
    return apply(_ATTENTION, *operands, causal=bool(causal), scale=given.scale)
