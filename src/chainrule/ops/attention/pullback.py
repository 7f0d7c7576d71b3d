"""The pull-back of attention, which computes the weights again instead of keeping them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array, Spec
from chainrule.ops.attention.counted import (
    Weights,
    blocks,
    counted,
    part,
    weights,
    weights_on_paper,
)
from chainrule.ops.attention.weights import recorded_weights
from chainrule.ops.define import apply_all, primitive
from chainrule.ops.reductions import sum
from chainrule.ops.shapes import swapaxes
from chainrule.ops.tensor import Tensor

__all__ = ["attention_pullback"]


def _transposed(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def _gradients(
    p: Array, q: Array, k: Array, v: Array, g: Array, scale: float
) -> tuple[Array, Array, Array]:
    """The shares of some queries, with weights p, in the cotangents of Q, K and V."""
    products = p * (g @ _transposed(v))
    slopes = (products - p * np.sum(products, axis=-1, keepdims=True)) * scale
    return slopes @ k, _transposed(slopes) @ q, _transposed(p) @ g


def _pullback(
    q: Array, k: Array, v: Array, g: Array, *mask: Array, causal: bool, scale: float
) -> tuple[Array, ...]:
    of_q, of_k, of_v = np.empty_like(q), np.zeros_like(k), np.zeros_like(v)
    for rows in blocks(q.shape[-2]):
        own, upstream = q[..., rows, :], g[..., rows, :]
        p = weights(own, k, counted(rows, k.shape[-2], part(mask, rows), causal), scale)
        of_q[..., rows, :], to_k, to_v = _gradients(p, own, k, v, upstream, q.dtype.type(scale))
        of_k += to_k
        of_v += to_v
    return of_q, of_k, of_v


def _on_paper(
    q: Array, k: Array, v: Array, g: Array, *mask: Array, causal: bool, scale: float
) -> tuple[Array, ...]:
    written: Weights = weights_on_paper
    rows = slice(0, q.shape[-2])
    return _gradients(
        written(q, k, counted(rows, k.shape[-2], mask, causal), scale), q, k, v, g, scale
    )


def _shapes(q: Spec, k: Spec, v: Spec, *_: Spec, **__: Any) -> tuple[Spec, ...]:
    return q, k, v


def _second(
    cotangents: Sequence[Tensor | None],
    outputs: Any,
    inputs: Sequence[Tensor],
    wanted: Sequence[int],
    *,
    causal: bool,
    scale: float,
) -> dict[int, Tensor]:
    """The pull-back of the pull-back, with the weights P recorded.

    With dP = G·Vᵀ, dS = P∘(dP − δ), δ = rowsum(P∘dP) the outputs are s·dS·K, s·dSᵀ·Q and Pᵀ·G.
    For cotangents A, B and C of theirs, dS has the cotangent W = s·(A·Kᵀ + Q·Bᵀ).
    """
    (a, b, c), (q, k, v, g, *mask) = cotangents, inputs
    p = recorded_weights(q, k, tuple(mask), causal, scale)
    dp = g @ swapaxes(v, -1, -2)
    centred = dp - _row_sums(p * dp)
    ds = p * centred
    of_q, of_k, of_v, of_g = (list[Tensor]() for _ in range(4))
    of_p = list[Tensor]()
    w = list[Tensor]()
    if a is not None:
        w.append(a @ swapaxes(k, -1, -2))
        of_k.append(scale * (swapaxes(ds, -1, -2) @ a))
    if b is not None:
        w.append(q @ swapaxes(b, -1, -2))
        of_q.append(scale * (ds @ b))
    if w:
        of_ds = scale * _total(w)
        mean = _row_sums(p * of_ds)
        of_dp = p * (of_ds - mean)
        of_p.append(of_ds * centred - dp * mean)
        of_g.append(of_dp @ v)
        of_v.append(swapaxes(of_dp, -1, -2) @ g)
    if c is not None:
        of_p.append(g @ swapaxes(c, -1, -2))
        of_g.append(p @ c)
    if of_p:
        n = _total(of_p)
        of_scores = scale * p * (n - _row_sums(p * n))
        of_q.append(of_scores @ k)
        of_k.append(swapaxes(of_scores, -1, -2) @ q)
    found = dict(enumerate((of_q, of_k, of_v, of_g)))
    return {i: _total(found[i]) for i in wanted if found.get(i)}


def _row_sums(x: Tensor) -> Tensor:
    return sum(x, axis=-1, keepdims=True)


def _total(parts: Sequence[Tensor]) -> Tensor:
    total, *rest = parts
    for one in rest:
        total = total + one
    return total


def _expanded(
    q: Tensor, k: Tensor, v: Tensor, g: Tensor, *mask: Tensor, causal: bool, scale: float
) -> list[Tensor]:
    p = recorded_weights(q, k, mask, causal, scale)
    products = p * (g @ swapaxes(v, -1, -2))
    slopes = (products - p * _row_sums(products)) * scale
    return [slopes @ k, swapaxes(slopes, -1, -2) @ q, swapaxes(p, -1, -2) @ g]


_PULLBACK = primitive(
    "attention_pullback",
    _pullback,
    shape=_shapes,
    pullback=_second,
    notation=_on_paper,
    expansion=_expanded,
)


def attention_pullback(
    q: Tensor, k: Tensor, v: Tensor, g: Tensor, *mask: Tensor, causal: bool, scale: float
) -> list[Tensor]:
    """The cotangents of queries, keys and values, for a cotangent g of the output."""
    return apply_all(_PULLBACK, q, k, v, g, *mask, causal=causal, scale=scale)
