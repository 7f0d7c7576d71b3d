"""The multi-layer perceptron in plain NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.bench.libraries.reference.losses import Gradients, cross_entropy
from chainrule.bench.networks import Dense, Perceptron
from chainrule.bench.networks.perceptron import EPS
from chainrule.graph import Array

__all__ = ["perceptron_gradients", "perceptron_outputs"]


def perceptron_outputs(layers: Sequence[Dense], x: Array) -> Array:
    """The logits of a network without BatchNorm."""
    a: Any = x
    for i, layer in enumerate(layers):
        assert layer.bias is not None
        z = a @ layer.weight.T + layer.bias
        a = np.maximum(z, 0) if i < len(layers) - 1 else z
    return a


def perceptron_gradients(
    network: Perceptron, parameters: Mapping[str, Array], x: Array, y: Array
) -> tuple[float, Gradients]:
    """The loss of a batch, and the gradients of all parameters."""
    layers = network.layers(parameters)
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
    loss, g = cross_entropy(zs[-1], y)
    found: Gradients = {}
    for i in reversed(range(len(layers))):
        layer, (deviation, normalised) = layers[i], statistics[i]
        if i < len(layers) - 1:
            g = g * (zs[i] > 0)
        if layer.scale is None:
            found[f"{i}.bias"] = g.sum(axis=0)
        else:
            found[f"{i}.scale"], found[f"{i}.shift"] = (g * normalised).sum(axis=0), g.sum(axis=0)
            g = g * layer.scale
            g = (g - g.mean(axis=0) - normalised * (g * normalised).mean(axis=0)) / deviation
        found[f"{i}.weight"] = g.T @ inputs[i]
        g = g @ layer.weight
    return loss, found
