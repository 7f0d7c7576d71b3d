"""The LSTM and the GRU in plain NumPy: forward through all steps, then back through time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.bench.libraries.reference.losses import (
    Gradients,
    cross_entropy,
    linear_gradients,
    mse,
)
from chainrule.graph import Array

__all__ = ["gru_gradients", "lstm_gradients"]


def lstm_gradients(p: Mapping[str, Array], x: Array, y: Array) -> tuple[float, Gradients]:
    """The loss of codes x (B, T) with labels (B, T), and the gradients of all parameters."""
    w, u = p["lstm.weight_ih"], p["lstm.weight_hh"]
    e = p["embedding.weight"][x]
    h = c = np.zeros((len(x), u.shape[1]))
    outputs, kept = np.empty((*x.shape, u.shape[1])), list[Any]()
    for t in range(x.shape[1]):
        z = e[:, t] @ w.T + p["lstm.bias_ih"] + h @ u.T + p["lstm.bias_hh"]
        a, b, q, o = np.split(z, 4, axis=1)
        i, f, g, o = _sigmoid(a), _sigmoid(b), np.tanh(q), _sigmoid(o)
        kept.append((h, c, i, f, g, o))
        c = f * c + i * g
        h = o * np.tanh(c)
        outputs[:, t] = h
    loss, upstream = cross_entropy(outputs @ p["linear.weight"].T + p["linear.bias"], y)
    found = linear_gradients("linear", outputs, upstream)
    from_output = upstream @ p["linear.weight"]

    dh, dc, dz = np.zeros_like(h), np.zeros_like(h), np.empty((*x.shape, len(w)))
    for t in reversed(range(x.shape[1])):
        _, before, i, f, g, o = kept[t]
        tanh = np.tanh(f * before + i * g)
        dh = dh + from_output[:, t]
        dc = dc + dh * o * (1 - tanh**2)
        parts = dc * g * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - g**2)
        dz[:, t] = np.concatenate([*parts, dh * tanh * o * (1 - o)], axis=1)
        dh, dc = dz[:, t] @ u, dc * f
    states = np.stack([each[0] for each in kept], axis=1)
    embedding = np.zeros_like(p["embedding.weight"])
    np.add.at(embedding, x, dz @ w)
    return loss, {
        "embedding.weight": embedding,
        **_recurrent_gradients("lstm", e, states, dz, dz),
        **found,
    }


def gru_gradients(p: Mapping[str, Array], x: Array, y: Array) -> tuple[float, Gradients]:
    """The loss of series x (B, T, D) with numbers (B, 1), and the gradients of all parameters."""
    w, u = p["gru.weight_ih"], p["gru.weight_hh"]
    h, kept = np.zeros((len(x), u.shape[1])), list[Any]()
    for t in range(x.shape[1]):
        a, b, q = np.split(x[:, t] @ w.T + p["gru.bias_ih"], 3, axis=1)
        a_h, b_h, q_h = np.split(h @ u.T + p["gru.bias_hh"], 3, axis=1)
        r, z = _sigmoid(a + a_h), _sigmoid(b + b_h)
        n = np.tanh(q + r * q_h)
        kept.append((h, r, z, n, q_h))
        h = (1 - z) * n + z * h
    loss, upstream = mse(h @ p["linear.weight"].T + p["linear.bias"], y)
    found = linear_gradients("linear", h, upstream)

    dh, shape = upstream @ p["linear.weight"], (*x.shape[:2], len(w))
    from_x, from_h = np.empty(shape), np.empty(shape)
    for t in reversed(range(x.shape[1])):
        before, r, z, n, q_h = kept[t]
        dn = dh * (1 - z) * (1 - n**2)
        gates = [dn * q_h * r * (1 - r), dh * (before - n) * z * (1 - z)]
        from_x[:, t] = np.concatenate([*gates, dn], axis=1)
        from_h[:, t] = np.concatenate([*gates, dn * r], axis=1)
        dh = dh * z + from_h[:, t] @ u
    states = np.stack([each[0] for each in kept], axis=1)
    return loss, {**_recurrent_gradients("gru", x, states, from_x, from_h), **found}


def _recurrent_gradients(name: str, x: Array, h: Array, from_x: Array, from_h: Array) -> Gradients:
    """Of both weights and biases, from the gradients of x·Wᵀ + b and of h·Uᵀ + b′."""
    found: Gradients = {}
    for part, inputs, g in (("ih", x, from_x), ("hh", h, from_h)):
        for what, gradient in linear_gradients(name, inputs, g).items():
            found[f"{what}_{part}"] = gradient
    return found


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))
