"""The referee: the same training as a plain NumPy loop in float64, by hand, to agree with."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.bench.workloads import ADAM, EPS, Dense, Workload
from chainrule.graph import Array

__all__ = ["disagreement", "log_softmax", "reference_losses", "reference_outputs"]


FIRST = 1e-4
"""Largest relative difference of the first loss; a workload's tolerance is for those after it."""


def reference_losses(workload: Workload, steps: int) -> Array:
    """The loss of each of the first steps."""
    x, y = workload.data()
    layers = [_double(layer) for layer in workload.layers()]
    order, moments = workload.order(), _Moments(workload.learning_rate)
    losses = np.empty(steps)
    for step in range(steps):
        rows = order[step]
        losses[step], gradients = _loss_and_gradients(layers, x[rows].astype(np.float64), y[rows])
        parameters = [array for layer in layers for array in layer.arrays()]
        moments.update(parameters, gradients, step + 1)
    return losses


def reference_outputs(workload: Workload, x: Array) -> Array:
    """The logits for rows `x` with the initial weights, of a network without normalisation."""
    a: Any = x.astype(np.float64)
    layers = [_double(layer) for layer in workload.layers()]
    for i, layer in enumerate(layers):
        assert layer.bias is not None
        z = a @ layer.weight.T + layer.bias
        a = np.maximum(z, 0) if i < len(layers) - 1 else z
    return a


def disagreement(found: Array, expected: Array, tolerance: float) -> str:
    """In which way losses differ by more than rounding explains; "" where they agree."""
    if found.shape != expected.shape:
        return f"{found.shape} losses instead of {expected.shape}"
    gap = np.abs(found - expected) / np.maximum(np.abs(expected), 1e-3)
    wrong = ~(gap <= tolerance)  # NaN is wrong
    wrong[:1] |= ~(gap[:1] <= FIRST)
    if not wrong.any():
        return ""
    step = int(np.flatnonzero(wrong)[0])
    return f"loss {found[step]:.6g} at step {step + 1} instead of {expected[step]:.6g}"


def log_softmax(z: Array) -> Array:
    """ln softmax(z) by rows; logits and logarithms of probabilities give the same."""
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def _double(layer: Dense) -> Dense:
    def cast(array: Array | None) -> Any:
        return None if array is None else array.astype(np.float64)

    return Dense(cast(layer.weight), cast(layer.bias), cast(layer.scale), cast(layer.shift))


def _loss_and_gradients(layers: list[Dense], x: Array, y: Array) -> tuple[float, list[Array]]:
    """Forward, then backward; gradients in the order of the parameters."""
    inputs, zs, kept = [x], [], []
    for i, layer in enumerate(layers):
        z = inputs[-1] @ layer.weight.T
        if layer.scale is None:
            z, spread, normal = z + layer.bias, None, None
        else:
            spread = np.sqrt(z.var(axis=0) + EPS)
            normal = (z - z.mean(axis=0)) / spread
            z = layer.scale * normal + layer.shift
        zs.append(z)
        kept.append((spread, normal))
        if i < len(layers) - 1:
            inputs.append(np.maximum(z, 0))
    n, logs = len(x), log_softmax(zs[-1])
    g = np.exp(logs)
    g[np.arange(n), y] -= 1
    g /= n
    gradients: list[list[Array]] = []
    for i in reversed(range(len(layers))):
        layer, (spread, normal) = layers[i], kept[i]
        if i < len(layers) - 1:
            g = g * (zs[i] > 0)
        after = [g.sum(axis=0)]
        if layer.scale is not None:
            after = [(g * normal).sum(axis=0), g.sum(axis=0)]
            g = g * layer.scale
            g = (g - g.mean(axis=0) - normal * (g * normal).mean(axis=0)) / spread
        gradients.append([g.T @ inputs[i], *after])
        g = g @ layer.weight
    return -float(logs[np.arange(n), y].mean()), [a for part in gradients[::-1] for a in part]


class _Moments:
    """Adam."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.first: list[Array] = []
        self.second: list[Array] = []

    def update(self, parameters: list[Array], gradients: list[Array], step: int) -> None:
        """One update of all parameters, in place."""
        b1, b2 = ADAM["beta1"], ADAM["beta2"]
        self.first = self.first or [np.zeros_like(p) for p in parameters]
        self.second = self.second or [np.zeros_like(p) for p in parameters]
        for p, g, m, v in zip(parameters, gradients, self.first, self.second, strict=True):
            m[:] = b1 * m + (1 - b1) * g
            v[:] = b2 * v + (1 - b2) * g * g
            root = np.sqrt(v / (1 - b2**step)) + ADAM["eps"]
            p -= self.rate * m / (1 - b1**step) / root
