"""The weights of attention for some queries, in scratch memory."""

from __future__ import annotations

import numpy as np

from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.matrix_product.alone import multiply_alone
from chainrule.engine.simd.kernel_math import exp

__all__ = ["ROWS", "attention_weights"]

ROWS = 32
"""Queries whose weights are in scratch memory at once."""


@inner
def attention_weights(
    A, q, q_distance, k, k_distance, width, first, rows, keys, mask, mask_down, mask_along, causal,
    scale, p, packed, counter,
):  # fmt: skip
    """softmax(scale · Q·Kᵀ) for the queries from `first` on, (rows × keys), to A[p:].

    Keys that the mask leaves out have weight 0, and so have those after the query if `causal`.  The
    mask is omitted if its offset is negative.
    """
    zero = A.dtype.type(0)
    own = q + first * q_distance
    multiply_alone(A, own, k, p, rows, keys, width, q_distance, k_distance, keys,
                   False, True, packed, counter)  # fmt: skip
    for i in range(rows):
        seen = min(keys, first + i + 1) if causal else keys
        out = A[p + i * keys : p + i * keys + seen]
        for j in range(seen):
            out[j] *= scale
        if mask >= 0:
            _softmax_of_some(A, out, mask + (first + i) * mask_down, mask_along)
        else:
            _softmax(out)
        if seen < keys:
            A[p + i * keys + seen : p + (i + 1) * keys] = zero


@inner
def _softmax(x):
    top, total = x[0], x.dtype.type(0)
    for j in range(1, len(x)):
        top = max(top, x[j])
    for j in range(len(x)):
        x[j] = exp(x[j] - top)
    for j in range(len(x)):
        total += x[j]
    share = 1 / total
    for j in range(len(x)):
        x[j] *= share


@inner
def _softmax_of_some(A, x, mask, along):
    """The softmax over the entries that the mask counts; the others are 0."""
    zero = x.dtype.type(0)
    top, total = x.dtype.type(-np.inf), zero
    for j in range(len(x)):
        if A[mask + j * along] != zero:
            top = max(top, x[j])
    for j in range(len(x)):
        counts = A[mask + j * along] != zero
        x[j] = exp(x[j] - top if counts else zero)
        x[j] = x[j] if counts else zero
    for j in range(len(x)):
        total += x[j]
    share = 1 / total if total > zero else zero
    for j in range(len(x)):
        x[j] *= share
