"""Matrix products, and attention, which is two of them."""

from __future__ import annotations

import math

import numpy as np

from chainrule import ops
from chainrule.interop.torch.operations.layers import dropout
from chainrule.interop.torch.operations.table import operation
from chainrule.nn import Scope
from chainrule.ops import Tensor

__all__: list[str] = []

operation("matmul", "mm", "bmm", "mv", "dot")(ops.matmul)


@operation("linear")
def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    z = x @ weight.T
    return z if bias is None else z + bias


@operation("bilinear")
def bilinear(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """xᵀ·Wₖ·y for each output k."""
    right = ops.squeeze(weight @ ops.expand_dims(y, (-3, -1)), -1)  # (…, K, D)
    z = ops.sum(ops.expand_dims(x, -2) * right, -1)
    return z if bias is None else z + bias


@operation("addmm", "baddbmm", "addmv")
def addmm(x: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    product = a @ b
    scaled = product if alpha == 1 else alpha * product
    return scaled + (x if beta == 1 else beta * x) if beta else scaled


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
    """softmax(Q·Kᵀ / √D + mask)·V, where a boolean mask leaves out what is false."""
    if enable_gqa:
        groups = query.shape[-3] // key.shape[-3]
        shared = np.repeat(np.arange(key.shape[-3]), groups)
        key, value = key[..., shared, :, :], value[..., shared, :, :]
    scores = query @ ops.swapaxes(key, -1, -2)
    scores = scores * (1.0 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if is_causal:
        scores = _kept(scores, np.tri(scores.shape[-2], scores.shape[-1], dtype=bool))
    if mask is not None:
        scores = _kept(scores, mask) if mask.dtype == np.bool_ else scores + mask
    return dropout(scope, ops.softmax(scores), rate, rate > 0) @ value


def _kept(scores: Tensor, mask: Tensor | np.ndarray) -> Tensor:
    """The lowest number in the places left out: infinity would make records no formula can tell."""
    return ops.where(mask, scores, float(np.finfo(scores.dtype).min))
