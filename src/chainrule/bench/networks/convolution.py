"""A small convolutional network for images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from chainrule.bench.networks.network import Network, Product, Weights, linear_products
from chainrule.graph import Array

__all__ = ["KERNEL", "POOL", "ConvolutionalNetwork"]

KERNEL, POOL = 3, 2
"""Windows of convolutions and of pooling, in both directions."""


@final
@dataclass(frozen=True)
class ConvolutionalNetwork(Network):
    """Images (1, N, N) → (convolution 3 × 3 without padding → ReLU → maximum of 2 × 2) … → Linear.

    Without padding, as is the default of the layers, 28 × 28 become 26, 13, 11 and 5; the last row
    and column of 11 are in no window.

    size      N, the side of an image
    channels  of each convolution
    classes   the number of outputs
    """

    size: int
    channels: tuple[int, ...]
    classes: int

    kind: ClassVar[str] = "conv"

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (1, self.size, self.size)

    @property
    def outputs(self) -> int:
        return self.classes

    @property
    def sides(self) -> list[int]:
        """The side of the images after each convolution.

        >>> ConvolutionalNetwork(28, (8, 16), 10).sides
        [26, 11]
        """
        found, side = list[int](), self.size
        for _ in self.channels:
            found.append(side - KERNEL + 1)
            side = found[-1] // POOL
        return found

    @property
    def flat(self) -> int:
        """The number of inputs of the linear layer."""
        return self.channels[-1] * (self.sides[-1] // POOL) ** 2

    @property
    def activations(self) -> int:
        each = zip(self.channels, self.sides, strict=True)
        return sum(c * (n**2 + (n // POOL) ** 2) for c, n in each) + self.classes

    @property
    def description(self) -> str:
        layers = ", ".join(f"conv {c}" for c in self.channels)
        return f"1 × {self.size} × {self.size}, {layers} (3 × 3, no padding), linear {self.classes}"

    def data(self, rows: int) -> tuple[Array, Array]:
        """Images that are one of several patterns, with noise; some have another's label."""
        rng = np.random.default_rng(1)
        patterns = rng.standard_normal((self.classes, *self.input_shape), np.float32)
        y = rng.integers(0, self.classes, rows)
        x = 0.5 * patterns[y] + rng.standard_normal((rows, *self.input_shape), np.float32)
        other = rng.random(rows) < 0.3
        y[other] = rng.integers(0, self.classes, int(other.sum()))
        return x, y

    def parameters(self) -> dict[str, Array]:
        weights = Weights()
        for i, (inputs, channels) in enumerate(self._channels()):
            weights.add_layer(f"conv{i}", channels, inputs, size=(KERNEL, KERNEL))
        weights.add_layer("linear", self.classes, self.flat)
        return weights.arrays

    def products(self, rows: int, *, training: bool = True) -> list[Product]:
        """Each convolution is a product of its windows; the first has no gradient of its input."""
        assert training, "predictions of images are not timed"
        found: list[Product] = []
        for i, ((inputs, channels), side) in enumerate(
            zip(self._channels(), self.sides, strict=True)
        ):
            windows = rows * side**2
            found += linear_products(windows, channels, inputs * KERNEL**2, input_gradient=i > 0)
        return found + linear_products(rows, self.classes, self.flat)

    def _channels(self) -> list[tuple[int, int]]:
        """Channels that each convolution takes and makes."""
        return list(zip((1, *self.channels), self.channels, strict=False))
