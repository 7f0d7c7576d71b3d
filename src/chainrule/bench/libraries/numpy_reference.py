"""The reference: the same training as a plain NumPy loop in float64, with explicit gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.bench.workloads import ADAM, EPS, Dense, Workload
from chainrule.graph import Array

__all__ = ["disagreement", "log_softmax", "reference_losses", "reference_outputs"]

FIRST_LOSS = 1e-4
"""The largest accepted relative error of the first loss; later ones have workload.tolerance."""


def reference_losses(workload: Workload, steps: int) -> Array:
    """The losses of the first `steps` training steps."""
    x, y = workload.data()
    layers = [_float64(layer) for layer in workload.layers()]
    order, adam = workload.order(), _Adam(workload.learning_rate)
    losses = np.empty(steps)
    for step in range(steps):
        rows = order[step]
        losses[step], gradients = _loss_and_gradients(layers, x[rows].astype(np.float64), y[rows])
        parameters = [array for layer in layers for array in layer.arrays()]
        adam.update(parameters, gradients, step + 1)
    return losses


def reference_outputs(workload: Workload, x: Array) -> Array:
    """The logits for rows `x` with the initial weights, for a network without BatchNorm."""
    a: Any = x.astype(np.float64)
    layers = [_float64(layer) for layer in workload.layers()]
    for i, layer in enumerate(layers):
        assert layer.bias is not None
        z = a @ layer.weight.T + layer.bias
        a = np.maximum(z, 0) if i < len(layers) - 1 else z
    return a


def disagreement(found: Array, expected: Array, tolerance: float) -> str:
    """A description of losses that differ by more than rounding explains; "" if they agree."""
    if found.shape != expected.shape:
        return f"{found.shape} losses instead of {expected.shape}"
    gap = np.abs(found - expected) / np.maximum(np.abs(expected), 1e-3)
    wrong = ~(gap <= tolerance)  # NaN is wrong
    wrong[:1] |= ~(gap[:1] <= FIRST_LOSS)
    if not wrong.any():
        return ""
    step = int(np.flatnonzero(wrong)[0])
    return f"loss {found[step]:.6g} at step {step + 1} instead of {expected[step]:.6g}"


def log_softmax(z: Array) -> Array:
    """ln softmax(z) of each row, the same for logits and for logarithms of probabilities."""
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def _float64(layer: Dense) -> Dense:
    def cast(array: Array | None) -> Any:
        return None if array is None else array.astype(np.float64)

    return Dense(cast(layer.weight), cast(layer.bias), cast(layer.scale), cast(layer.shift))


def _loss_and_gradients(layers: list[Dense], x: Array, y: Array) -> tuple[float, list[Array]]:
    """The loss of a batch, and its gradients in the order of the parameters."""
    inputs, zs, statistics = [x], [], []
    for i, layer in enumerate(layers):
        z = inputs[-1] @ layer.weight.T
        if layer.scale is None:
            z, deviation, normalised = z + layer.bias, None, None
        else:
            deviation = np.sqrt(z.var(axis=0) + EPS)
            normalised = (z - z.mean(axis=0)) / deviation
            z = layer.scale * normalised + layer.shift
        zs.append(z)
        statistics.append((deviation, normalised))
        if i < len(layers) - 1:
            inputs.append(np.maximum(z, 0))
    n, logs = len(x), log_softmax(zs[-1])
    g = np.exp(logs)
    g[np.arange(n), y] -= 1
    g /= n
    gradients: list[list[Array]] = []
    for i in reversed(range(len(layers))):
        layer, (deviation, normalised) = layers[i], statistics[i]
        if i < len(layers) - 1:
            g = g * (zs[i] > 0)
        others = [g.sum(axis=0)]
        if layer.scale is not None:
            others = [(g * normalised).sum(axis=0), g.sum(axis=0)]
            g = g * layer.scale
            g = (g - g.mean(axis=0) - normalised * (g * normalised).mean(axis=0)) / deviation
        gradients.append([g.T @ inputs[i], *others])
        g = g @ layer.weight
    return -float(logs[np.arange(n), y].mean()), [a for part in gradients[::-1] for a in part]


class _Adam:
    """The optimizer, with both moments of every parameter."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.first: list[Array] = []
        self.second: list[Array] = []

    def update(self, parameters: list[Array], gradients: list[Array], step: int) -> None:
        """Update all parameters in place."""
        b1, b2 = ADAM["beta1"], ADAM["beta2"]
        self.first = self.first or [np.zeros_like(p) for p in parameters]
        self.second = self.second or [np.zeros_like(p) for p in parameters]
        for p, g, m, v in zip(parameters, gradients, self.first, self.second, strict=True):
            m[:] = b1 * m + (1 - b1) * g
            v[:] = b2 * v + (1 - b2) * g * g
            root = np.sqrt(v / (1 - b2**step)) + ADAM["eps"]
            p -= self.rate * m / (1 - b1**step) / root
