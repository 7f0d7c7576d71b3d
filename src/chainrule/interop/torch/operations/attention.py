"""Scaled dot-product attention."""

from __future__ import annotations

import math

import numpy as np

from chainrule import ops
from chainrule.interop.torch.operations.dropout import dropout
from chainrule.interop.torch.operations.registry import operation
from chainrule.nn import Scope
from chainrule.ops import Tensor

__all__: list[str] = []


@operation("scaled_dot_product_attention", draws=True)
def scaled_dot_product_attention(
    scope: Scope,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    rate: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(Q·Kᵀ / √D + mask)·V, where a boolean mask leaves out the entries that are False."""
    if enable_gqa:
        groups = query.shape[-3] // key.shape[-3]
        shared = np.repeat(np.arange(key.shape[-3]), groups)
        key, value = key[..., shared, :, :], value[..., shared, :, :]
    if rate == 0 and (mask is None or mask.dtype == np.bool_):
        return ops.attention(query, key, value, mask, causal=is_causal, scale=scale)
    scores = query @ ops.swapaxes(key, -1, -2)
    scores = scores * (1.0 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if is_causal:
        scores = _masked(scores, np.tri(scores.shape[-2], scores.shape[-1], dtype=bool))
    if mask is not None:
        scores = _masked(scores, mask) if mask.dtype == np.bool_ else scores + mask
    return dropout(scope, ops.softmax(scores), rate, rate > 0) @ value


def _masked(scores: Tensor, mask: Tensor | np.ndarray) -> Tensor:
    """The scores, with the lowest finite number where the mask is False: formulas lack infinity."""
    return ops.where(mask, scores, float(np.finfo(scores.dtype).min))
