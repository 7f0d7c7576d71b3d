"""The reference's training loop, and how far from its losses others may be."""

from __future__ import annotations

from functools import partial
from typing import Any, final

import numpy as np

from chainrule.bench.libraries.reference.convolution import convolution_gradients
from chainrule.bench.libraries.reference.losses import Gradients
from chainrule.bench.libraries.reference.perceptron import perceptron_gradients, perceptron_outputs
from chainrule.bench.libraries.reference.recurrent import gru_gradients, lstm_gradients
from chainrule.bench.libraries.reference.transformer import transformer_gradients
from chainrule.bench.networks import (
    CharacterLSTM,
    ConvolutionalNetwork,
    Network,
    Perceptron,
    SeriesGRU,
    Transformer,
)
from chainrule.bench.workloads import ADAM, Workload
from chainrule.graph import Array

__all__ = ["disagreement", "loss_and_gradients", "reference_losses", "reference_outputs"]

FIRST_LOSS = 1e-4
"""The largest accepted relative error of the first loss; later ones have workload.tolerance."""


def reference_losses(workload: Workload, steps: int) -> Array:
    """The losses of the first `steps` training steps."""
    x, y = (_float64(array) for array in workload.data())
    parameters = _initial(workload.network)
    order, adam = workload.order(), _Adam(workload.learning_rate)
    losses = np.empty(steps)
    for step in range(steps):
        rows = order[step]
        losses[step], gradients = loss_and_gradients(workload.network, parameters, x[rows], y[rows])
        adam.update(parameters, gradients, step + 1)
    return losses


def reference_outputs(workload: Workload, x: Array) -> Array:
    """The logits for rows `x` with the initial weights, for a perceptron without BatchNorm."""
    network = workload.network
    assert isinstance(network, Perceptron)
    return perceptron_outputs(network.layers(_initial(network)), x.astype(np.float64))


def loss_and_gradients(
    network: Network, parameters: dict[str, Array], x: Array, y: Array
) -> tuple[float, Gradients]:
    """The loss of a batch, and its gradients by the names of the parameters."""
    match network:
        case Perceptron():
            of: Any = partial(perceptron_gradients, network)
        case CharacterLSTM():
            of = lstm_gradients
        case SeriesGRU():
            of = gru_gradients
        case ConvolutionalNetwork():
            of = convolution_gradients
        case Transformer():
            of = partial(transformer_gradients, heads=network.heads)
        case _:
            raise TypeError(type(network).__name__)
    return of(parameters, x, y)


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


def _initial(network: Network) -> dict[str, Array]:
    return {name: _float64(array) for name, array in network.parameters().items()}


def _float64(array: Array) -> Array:
    """In double precision, unless it has integers."""
    return array.astype(np.float64) if array.dtype.kind == "f" else array


@final
class _Adam:
    """The optimizer, with both moments of every parameter."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.moments: dict[str, tuple[Array, Array]] = {}

    def update(self, parameters: dict[str, Array], gradients: Gradients, step: int) -> None:
        """Update all parameters in place."""
        assert parameters.keys() == gradients.keys()
        b1, b2 = ADAM["beta1"], ADAM["beta2"]
        for name, p in parameters.items():
            g = gradients[name]
            m, v = self.moments.setdefault(name, (np.zeros_like(p), np.zeros_like(p)))
            m[:] = b1 * m + (1 - b1) * g
            v[:] = b2 * v + (1 - b2) * g * g
            root = np.sqrt(v / (1 - b2**step)) + ADAM["eps"]
            p -= self.rate * m / (1 - b1**step) / root
