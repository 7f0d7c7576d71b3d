"""What the blocks of transformers share: named parts around skip connections, and the network."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import Any

from chainrule.nn.argument_checks import checked_seed, positive_integer
from chainrule.nn.layer import Layer
from chainrule.nn.layers.activations import activation as activation_layer
from chainrule.nn.layers.dropout import checked_rate, dropped
from chainrule.nn.layers.linear import Linear
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor

__all__ = ["ResidualBlock"]


class ResidualBlock(Layer, ABC):
    """The base of transformer blocks: parts by name, of which the last is a network.

    `parts` come first, in order; then hidden, activation and out, the network of each entry.
    """

    def __init__(
        self,
        features: int,
        hidden: int | None,
        parts: Mapping[str, Layer],
        *,
        activation: str,
        dropout: float,
        seed: int | None,
        dtype: Any,
        name: str | None,
    ) -> None:
        self.features, self.width = features, 4 * features
        if hidden is not None:
            self.width = positive_integer(f"{type(self).__name__} hidden", hidden)
        self.dropout, self.seed = checked_rate(dropout), checked_seed(seed) or 0
        layers = (
            Linear(features, self.width, dtype=dtype),
            activation_layer(activation),
            Linear(self.width, features, dtype=dtype),
        )
        network = dict(zip(("hidden", "activation", "out"), layers, strict=True))
        super().__init__(name, children={**parts, **network}, seed=seed)

    def _transformed(self, scope: Scope, h: Tensor) -> Tensor:
        a = self._part(scope, "activation", self._part(scope, "hidden", h))
        return self._part(scope, "out", self._dropped(scope, a))

    def _part(self, scope: Scope, name: str, x: Any) -> Tensor:
        layer = self.children[name]
        return scope.record(name, layer, x, layer.apply(scope.child(name), x))

    def _dropped(self, scope: Scope, x: Any) -> Tensor:
        return dropped(scope, x, self.dropout, self.seed)
