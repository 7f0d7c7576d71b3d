"""Losses with their gradients, and linear layers, as every reference network needs them."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

__all__ = ["Gradients", "cross_entropy", "linear_gradients", "log_softmax", "mse"]

Gradients = dict[str, Array]
"""The gradient of every parameter by name."""


def log_softmax(z: Array) -> Array:
    """ln softmax(z) of each row, the same for logits and for logarithms of probabilities."""
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def cross_entropy(z: Array, y: Array) -> tuple[float, Array]:
    """The mean over rows of logits (…, K) with labels (…), and its gradient (…, K)."""
    logs = log_softmax(z)
    labels = y[..., None]
    g = np.exp(logs)
    np.put_along_axis(g, labels, np.take_along_axis(g, labels, -1) - 1, -1)
    return -float(np.take_along_axis(logs, labels, -1).mean()), g / y.size


def mse(z: Array, y: Array) -> tuple[float, Array]:
    """The mean squared error, and its gradient."""
    return float(((z - y) ** 2).mean()), 2 * (z - y) / z.size


def linear_gradients(name: str, x: Array, g: Array) -> Gradients:
    """The gradients of weight and bias in x·Wᵀ + b, summed over all axes but the last."""
    rows, upstream = x.reshape(-1, x.shape[-1]), g.reshape(-1, g.shape[-1])
    return {f"{name}.weight": upstream.T @ rows, f"{name}.bias": upstream.sum(axis=0)}
