"""Encodings of where an entry of a sequence stands, which attention does not see by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Array
from chainrule.nn.argument_checks import positive_integer
from chainrule.nn.initialisers import Initialiser, Normal, initialiser
from chainrule.nn.layer import Layer
from chainrule.nn.layers.attention.sequences import parts_of, sequence, with_sequence
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops.tensor import constant

__all__ = ["LearnedPositions", "SinusoidalPositions"]


@final
class SinusoidalPositions(Layer):
    """Adds waves of many lengths to a sequence, which tell each position from the others.

    yₜ,₂ᵢ = xₜ,₂ᵢ + sin(t / 10000^(2i/D)),  yₜ,₂ᵢ₊₁ = xₜ,₂ᵢ₊₁ + cos(t / 10000^(2i/D));  ∂y/∂x = 1

    x and y have shape (T, D), (B, T, D) or more axes before; positions t count from 0, and there is
    no longest sequence.  A dict {"x": x, …} is returned with y in place of x.  Nothing is trained.

    Raises ShapeError for an x whose last axis is not D, OptionError for settings out of range.

    >>> SinusoidalPositions(2)([[0.0, 0.0], [0.0, 0.0]])
    Tensor([[0.        , 1.        ],
            [0.84147098, 0.54030231]])

    Vaswani et al., "Attention is all you need", 2017, section 3.5.
    """

    symbol: ClassVar[str] = "p"

    def __init__(self, features: int, *, name: str | None = None) -> None:
        self.features = positive_integer("SinusoidalPositions features", features)
        super().__init__(name)

    def apply(self, scope: Scope, x: Any) -> Any:
        where = self._error_name(scope)
        given = sequence(where, parts_of(where, x)["x"], self.features)
        length = given.shape[-2] if given.ndim > 1 else 1
        waves = _waves(length, self.features).astype(given.dtype)
        return with_sequence(x, given + constant(waves if given.ndim > 1 else waves[0]))

    def options(self) -> Mapping[str, Any]:
        return {"features": self.features}


def _waves(length: int, features: int) -> Array:
    """The encoding of positions (T, D)."""
    rates = 10000.0 ** (-np.arange(0, features, 2) / features)
    angles = np.arange(length)[:, None] * rates
    pairs = np.stack([np.sin(angles), np.cos(angles)], axis=-1)
    return pairs.reshape(length, 2 * len(rates))[:, :features]


@final
class LearnedPositions(Layer):
    """Adds a learnt vector to each position of a sequence: yₜ = xₜ + Wₜ.

    ∂L/∂W = Σ g over the batch, and 0 for positions beyond the sequence

    x and y have shape (T, D), (B, T, D) or more axes before, with T up to `length`.  `weight` has
    shape (length, D), float64 unless `dtype` is float32.  A dict {"x": x, …} is returned with y in
    place of x.

    Raises ShapeError for an x whose last axis is not D or that is longer, OptionError for settings
    out of range.

    >>> layer = LearnedPositions(3, 2)
    >>> layer.load({"weight": [[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]})
    >>> layer([[0.0, 5.0], [0.0, 5.0]])
    Tensor([[1., 5.],
            [2., 5.]])

    Gehring et al., "Convolutional sequence to sequence learning", 2017.
    """

    symbol: ClassVar[str] = "p"

    def __init__(
        self,
        length: int,
        features: int,
        *,
        init: str | Initialiser = Normal(0.02),  # noqa: B008 (an immutable value)
        seed: int | None = None,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        self.length = positive_integer("LearnedPositions length", length)
        self.features = positive_integer("LearnedPositions features", features)
        slot = Slot((self.length, self.features), initialiser(init), dtype=dtype)
        super().__init__(name, slots={"weight": slot}, seed=seed)

    def apply(self, scope: Scope, x: Any) -> Any:
        where = self._error_name(scope)
        given = sequence(where, parts_of(where, x)["x"], self.features)
        length = given.shape[-2] if given.ndim > 1 else 1
        if length > self.length:
            raise ShapeError(
                where,
                expected=f"sequences of up to {self.length} entries",
                got=f"{length}, {given.shape}",
                remedy="give the layer a larger length, or cut the sequences",
            )
        weight = scope["weight"]
        return with_sequence(x, given + (weight[:length] if given.ndim > 1 else weight[0]))

    def options(self) -> Mapping[str, Any]:
        return {"length": self.length, "features": self.features}
