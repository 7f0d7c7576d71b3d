"""Networks that predict each next character of a text: an LSTM, and one block of a transformer."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from chainrule.bench.networks.network import (
    Network,
    Product,
    Weights,
    linear_products,
    recurrent_products,
)
from chainrule.graph import Array

__all__ = ["LAYER_NORM_EPS", "CharacterLSTM", "Transformer"]

LAYER_NORM_EPS = 1e-5


@dataclass(frozen=True)
class _Characters(Network):
    """Codes of characters (T,), embedded; logits (T, K) of the character that follows each.

    characters  the number K of different characters
    width       that of the embedding
    steps       the length T of a text
    """

    characters: int
    width: int
    steps: int

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self.steps,)

    @property
    def codes(self) -> int | None:
        return self.characters

    @property
    def target_shape(self) -> tuple[int, ...]:
        return (self.steps,)

    @property
    def outputs(self) -> int:
        return self.characters

    @property
    def activations(self) -> int:
        return self.steps * (self.width + self._hidden_activations + self.characters)

    @property
    @abstractmethod
    def _hidden_activations(self) -> int:
        """Those of one step between the embedding and the logits."""

    def data(self, rows: int) -> tuple[Array, Array]:
        """Texts in which each character depends on the one before, and on chance."""
        rng = np.random.default_rng(1)
        scores = 2 * rng.standard_normal((self.characters, self.characters))
        text = np.empty((rows, self.steps + 1), np.int64)
        text[:, 0] = rng.integers(0, self.characters, rows)
        for t in range(self.steps):
            noise = rng.gumbel(size=(rows, self.characters))
            text[:, t + 1] = (scores[text[:, t]] + noise).argmax(axis=1)
        return text[:, :-1].copy(), text[:, 1:].copy()


@final
@dataclass(frozen=True)
class CharacterLSTM(_Characters):
    """Embedding → LSTM with `hidden` units → Linear."""

    hidden: int

    kind: ClassVar[str] = "lstm"

    @property
    def _hidden_activations(self) -> int:
        return 6 * self.hidden  # four gates, the cell and the output

    @property
    def description(self) -> str:
        return (
            f"{self.characters} characters, embedding {self.width}, LSTM {self.hidden},"
            f" T {self.steps}"
        )

    def parameters(self) -> dict[str, Array]:
        weights = Weights()
        weights.add("embedding.weight", self.characters, self.width, spread=1.0)
        weights.add_recurrent("lstm", 4, self.hidden, self.width)
        weights.add_layer("linear", self.characters, self.hidden)
        return weights.arrays

    def products(self, rows: int, *, training: bool = True) -> list[Product]:
        assert training, "predictions of sequences are not timed"
        h, d = self.hidden, self.width
        found = recurrent_products(rows, self.steps, 4, h, d, input_gradient=True)
        return found + linear_products(rows * self.steps, self.characters, h)


@final
@dataclass(frozen=True)
class Transformer(_Characters):
    """Embedding + learnt positions → one causal block with its norms before → Linear.

    heads   of the attention, which divide `width`
    hidden  the width between the two layers after the attention; ReLU comes between them
    """

    heads: int
    hidden: int

    kind: ClassVar[str] = "transformer"

    @property
    def _hidden_activations(self) -> int:
        return 8 * self.width + self.hidden  # two norms, q, k, v, the context and two sums

    @property
    def description(self) -> str:
        return (
            f"{self.characters} characters, a causal block of width {self.width} with {self.heads}"
            f" heads and {self.hidden} hidden, T {self.steps}"
        )

    def parameters(self) -> dict[str, Array]:
        weights, width = Weights(), self.width
        weights.add("embedding.weight", self.characters, width, spread=1.0)
        weights.add("positions.weight", self.steps, width, spread=0.1)
        _add_norm(weights, "norm1", width)
        weights.add_layer("attention_in", 3 * width, width)
        weights.add_layer("attention_out", width, width)
        _add_norm(weights, "norm2", width)
        weights.add_layer("hidden", self.hidden, width)
        weights.add_layer("out", width, self.hidden)
        weights.add_layer("linear", self.characters, width)
        return weights.arrays

    def products(self, rows: int, *, training: bool = True) -> list[Product]:
        """The scores of a causal attention count in full, as a BLAS library computes them."""
        assert training, "predictions of sequences are not timed"
        t, width = self.steps, self.width
        each = width // self.heads
        found: list[Product] = []
        for h, d in (
            *((3 * width, width), (width, width), (self.hidden, width), (width, self.hidden)),
            (self.characters, width),
        ):
            found += linear_products(rows * t, h, d)
        # q·kᵀ, weights·v; and back: g·vᵀ, weightsᵀ·g, and the products with k and q
        attention: list[Product] = [("forward", t, t, each), ("input", t, each, t)]
        attention += [("forward", t, t, each), ("weight", t, each, t)]
        attention += [("input", t, each, t), ("weight", t, each, t)]
        return found + attention * (rows * self.heads)


def _add_norm(weights: Weights, name: str, width: int) -> None:
    weights.add(f"{name}.weight", width, centre=1.0, spread=0.01)
    weights.add(f"{name}.bias", width, spread=0.01)
