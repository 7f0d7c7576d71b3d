"""A layer of a recurrent network, built on `scan`."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule import nn
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor


class Recurrent(nn.Layer):
    """x (B, T, D) → the last hidden state (B, H) of h ← tanh(W·x + b + U·h)."""

    def __init__(
        self, inputs: int, hidden: int, seed: int, dtype: Any, activation: Any = cr.tanh
    ) -> None:
        self.activation, self.hidden = activation, hidden
        self.cells = {
            "x": nn.Linear(inputs, hidden, seed=seed, dtype=dtype),
            "h": nn.Linear(hidden, hidden, None, seed=seed + 1, dtype=dtype),
        }
        super().__init__(children=self.cells)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        def body(h: Tensor, x: Tensor) -> tuple[Tensor, None]:
            return self.activation(from_x(x) + from_h(h)), None

        def from_x(x: Tensor) -> Tensor:
            return x @ weights["x"].T + bias

        def from_h(h: Tensor) -> Tensor:
            return h @ weights["h"].T

        weights = {name: scope.child(name)["weight"] for name in self.cells}
        bias = scope.child("x")["bias"]
        start = cr.sum(x, axis=(1, 2)).reshape(-1, 1) * np.zeros(self.hidden, x.dtype)
        h, _ = cr.scan(body, start, cr.transpose(x, (1, 0, 2)))
        return h
