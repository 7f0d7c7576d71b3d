"""The multi-layer perceptron: linear layers, ReLU between them, softmax cross-entropy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from chainrule.bench.networks.network import Network, Product, Weights, linear_products
from chainrule.graph import Array

__all__ = ["EPS", "MOMENTUM", "Dense", "Perceptron"]

MOMENTUM, EPS = 0.1, 1e-5
"""Settings of batch normalisation."""


@final
@dataclass(frozen=True)
class Dense:
    """A layer's parameters: weight (H, D), and bias (H,) or BatchNorm's scale and shift."""

    weight: Array
    bias: Array | None = None
    scale: Array | None = None
    shift: Array | None = None

    def arrays(self) -> list[Array]:
        """The arrays that are not None, in the order in which every library's layers have them."""
        every = (self.weight, self.bias, self.scale, self.shift)
        return [array for array in every if array is not None]


@final
@dataclass(frozen=True)
class Perceptron(Network):
    """A multi-layer perceptron.

    sizes       widths from inputs to classes
    batch_norm  whether BatchNorm comes before each ReLU; those linear layers then have no bias
    """

    sizes: tuple[int, ...]
    batch_norm: bool = False

    kind: ClassVar[str] = "perceptron"

    @property
    def input_shape(self) -> tuple[int, ...]:
        return self.sizes[:1]

    @property
    def outputs(self) -> int:
        return self.sizes[-1]

    @property
    def activations(self) -> int:
        return sum(self.sizes[1:])

    @property
    def description(self) -> str:
        hidden = self.sizes[1:-1]
        inner = f"{len(hidden)} × {hidden[0]}" if len(hidden) > 2 else "-".join(map(str, hidden))
        norm = " with BatchNorm" if self.batch_norm else ""
        return f"{self.sizes[0]}-{inner}-{self.sizes[-1]}{norm}"

    def data(self, rows: int) -> tuple[Array, Array]:
        """Normal inputs, and labels from a linear teacher with noise."""
        rng = np.random.default_rng(1)
        x = rng.standard_normal((rows, self.sizes[0]), np.float32)
        teacher = rng.standard_normal((self.sizes[0], self.sizes[-1]), np.float32)
        noise = rng.gumbel(size=(rows, self.sizes[-1]))
        y = (x @ teacher / math.sqrt(self.sizes[0]) + noise).argmax(axis=1)
        return x, y.astype(np.int64)

    def parameters(self) -> dict[str, Array]:
        """He weights, and the others close to their usual values."""
        weights = Weights()
        widths = self._widths()
        for i, (d, h) in enumerate(widths):
            weights.add(f"{i}.weight", h, d, spread=math.sqrt(2 / d))
            if self.batch_norm and i < len(widths) - 1:
                weights.add(f"{i}.scale", h, centre=1.0, spread=0.01)
                weights.add(f"{i}.shift", h, spread=0.01)
            else:
                weights.add(f"{i}.bias", h, spread=0.01)
        return weights.arrays

    def layers(self, parameters: Mapping[str, Array] | None = None) -> list[Dense]:
        """Parameters, by default the initial ones, as layers."""
        found = self.parameters() if parameters is None else parameters
        parts = ("weight", "bias", "scale", "shift")
        return [
            Dense(**{part: found[f"{i}.{part}"] for part in parts if f"{i}.{part}" in found})
            for i in range(len(self.sizes) - 1)
        ]

    def products(self, rows: int, *, training: bool = True) -> list[Product]:
        """All but the first layer have the gradient of their input.

        >>> Perceptron((2, 8, 2)).products(8)[-2:]
        [('weight', 2, 8, 8), ('input', 8, 8, 2)]
        """
        if not training:
            return [("forward", rows, h, d) for d, h in self._widths()]
        return [
            product
            for i, (d, h) in enumerate(self._widths())
            for product in linear_products(rows, h, d, input_gradient=i > 0)
        ]

    def _widths(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each layer."""
        return list(zip(self.sizes, self.sizes[1:], strict=False))
