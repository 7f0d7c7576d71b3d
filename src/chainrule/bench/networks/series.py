"""A network that predicts a number from a series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from chainrule.bench.networks.network import (
    LossName,
    Network,
    Product,
    Weights,
    linear_products,
    recurrent_products,
)
from chainrule.graph import Array

__all__ = ["SeriesGRU"]


@final
@dataclass(frozen=True)
class SeriesGRU(Network):
    """Series (T, D) → GRU with `hidden` units → Linear with one output, of the last step."""

    features: int
    hidden: int
    steps: int

    kind: ClassVar[str] = "gru"
    loss: ClassVar[LossName] = "mse"

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self.steps, self.features)

    @property
    def target_shape(self) -> tuple[int, ...]:
        return (1,)

    @property
    def outputs(self) -> int:
        return 1

    @property
    def activations(self) -> int:
        return self.steps * 5 * self.hidden + 1  # gates, the state, and what the reset gate scales

    @property
    def description(self) -> str:
        return f"series of {self.features} features, GRU {self.hidden}, T {self.steps}"

    def data(self, rows: int) -> tuple[Array, Array]:
        """Random series, and a number that depends on the last steps, and on chance."""
        rng = np.random.default_rng(1)
        x = rng.standard_normal((rows, *self.input_shape), np.float32)
        recent = x * 0.9 ** np.arange(self.steps)[::-1, None]
        y = np.tanh(recent.sum(axis=1) @ rng.standard_normal((self.features, 1)) / self.features)
        return x, (y + 0.3 * rng.standard_normal(y.shape)).astype(np.float32)

    def parameters(self) -> dict[str, Array]:
        weights = Weights()
        weights.add_recurrent("gru", 3, self.hidden, self.features)
        weights.add_layer("linear", 1, self.hidden)
        return weights.arrays

    def products(self, rows: int, *, training: bool = True) -> list[Product]:
        assert training, "predictions of sequences are not timed"
        h, d = self.hidden, self.features
        found = recurrent_products(rows, self.steps, 3, h, d, input_gradient=False)
        return found + linear_products(rows, 1, h)
