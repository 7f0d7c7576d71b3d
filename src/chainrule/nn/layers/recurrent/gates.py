"""Initialisation of weights that hold several gates, one below the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.graph import Array
from chainrule.nn.initialisers import Initialiser

__all__ = ["EachGate", "GateBiases"]


@final
@dataclass(frozen=True)
class EachGate(Initialiser):
    """Draws the rows of each gate by themselves: θ (G·H, D) is G draws of (H, D).

    An orthogonal matrix for each gate is something else than one with orthonormal columns for all.

    >>> from chainrule.nn import Orthogonal
    >>> w = EachGate(Orthogonal(), 2)((4, 2), np.random.default_rng(0))
    >>> bool(np.allclose(w[2:] @ w[2:].T, np.eye(2)))
    True
    """

    init: Initialiser
    gates: int

    def __call__(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        part = (shape[0] // self.gates, *shape[1:])
        return np.concatenate([self.init(part, rng) for _ in range(self.gates)])


@final
@dataclass(frozen=True)
class GateBiases(Initialiser):
    """One value for the biases of one gate, the initialiser's for those of the others.

    >>> from chainrule.nn import Zeros
    >>> GateBiases(Zeros(), gates=2, gate=1, value=3.0)((4,), np.random.default_rng(0))
    array([0., 0., 3., 3.])
    """

    init: Initialiser
    gates: int
    gate: int
    value: float

    def __call__(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        parts = np.array(self.init(shape, rng)).reshape(self.gates, -1)
        parts[self.gate] = self.value
        return parts.reshape(shape)
