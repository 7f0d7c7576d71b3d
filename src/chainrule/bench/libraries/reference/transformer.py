"""One causal block of a transformer in plain NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.bench.libraries.reference.losses import Gradients, cross_entropy, linear_gradients
from chainrule.bench.networks.characters import LAYER_NORM_EPS
from chainrule.graph import Array

__all__ = ["transformer_gradients"]


def transformer_gradients(
    p: Mapping[str, Array], x: Array, y: Array, heads: int
) -> tuple[float, Gradients]:
    """The loss of codes x (B, T) with labels (B, T), and the gradients of all parameters."""
    e = p["embedding.weight"][x] + p["positions.weight"]
    n1, norm1 = _norm(p, "norm1", e)
    context, attention = _attention(_linear(p, "attention_in", n1), heads)
    h = e + _linear(p, "attention_out", context)
    n2, norm2 = _norm(p, "norm2", h)
    z = _linear(p, "hidden", n2)
    a = np.maximum(z, 0)
    out = h + _linear(p, "out", a)
    loss, g = cross_entropy(_linear(p, "linear", out), y)

    found = linear_gradients("linear", out, g)
    dh = g @ p["linear.weight"]
    found |= linear_gradients("out", a, dh)
    dz = (dh @ p["out.weight"]) * (z > 0)
    found |= linear_gradients("hidden", n2, dz)
    dh = dh + _norm_gradients(p, "norm2", norm2, dz @ p["hidden.weight"], found)
    found |= linear_gradients("attention_out", context, dh)
    dqkv = _attention_gradient(attention, dh @ p["attention_out.weight"])
    found |= linear_gradients("attention_in", n1, dqkv)
    de = dh + _norm_gradients(p, "norm1", norm1, dqkv @ p["attention_in.weight"], found)
    embedding = np.zeros_like(p["embedding.weight"])
    np.add.at(embedding, x, de)
    return loss, {**found, "embedding.weight": embedding, "positions.weight": de.sum(axis=0)}


def _linear(p: Mapping[str, Array], name: str, x: Array) -> Array:
    return x @ p[f"{name}.weight"].T + p[f"{name}.bias"]


def _norm(p: Mapping[str, Array], name: str, x: Array) -> tuple[Array, tuple[Array, Array]]:
    """LayerNorm, and what its gradient needs."""
    deviation = np.sqrt(x.var(axis=-1, keepdims=True) + LAYER_NORM_EPS)
    normalised = (x - x.mean(axis=-1, keepdims=True)) / deviation
    return normalised * p[f"{name}.weight"] + p[f"{name}.bias"], (normalised, deviation)


def _norm_gradients(
    p: Mapping[str, Array], name: str, kept: tuple[Array, Array], g: Array, found: Gradients
) -> Array:
    """The gradient of the input; those of scale and shift are added to `found`."""
    normalised, deviation = kept
    found[f"{name}.weight"] = (g * normalised).sum(axis=(0, 1))
    found[f"{name}.bias"] = g.sum(axis=(0, 1))
    g = g * p[f"{name}.weight"]
    along = (g * normalised).mean(axis=-1, keepdims=True)
    return (g - g.mean(axis=-1, keepdims=True) - normalised * along) / deviation


def _attention(qkv: Array, heads: int) -> tuple[Array, Any]:
    """The context (B, T, D) of [q k v] (B, T, 3·D), and what its gradient needs."""
    batch, steps, width = qkv.shape
    q, k, v = qkv.reshape(batch, steps, 3, heads, width // 3 // heads).transpose(2, 0, 3, 1, 4)
    scale = 1 / np.sqrt(q.shape[-1])
    later = np.triu(np.ones((steps, steps), bool), 1)
    scores = np.where(later, -np.inf, scale * (q @ k.swapaxes(-1, -2)))
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    context = (weights @ v).transpose(0, 2, 1, 3).reshape(batch, steps, -1)
    return context, (q, k, v, weights, scale)


def _attention_gradient(kept: Any, g: Array) -> Array:
    """∂L/∂[q k v] (B, T, 3·D) from ∂L/∂context (B, T, D)."""
    q, k, v, weights, scale = kept
    batch, heads, steps, each = q.shape
    g = g.reshape(batch, steps, heads, each).transpose(0, 2, 1, 3)
    dv, dw = weights.swapaxes(-1, -2) @ g, g @ v.swapaxes(-1, -2)
    ds = scale * weights * (dw - (dw * weights).sum(axis=-1, keepdims=True))
    parts = np.stack([ds @ k, ds.swapaxes(-1, -2) @ q, dv])
    return parts.transpose(1, 3, 0, 2, 4).reshape(batch, steps, -1)
