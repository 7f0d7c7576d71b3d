"""Gated recurrent unit: a gate mixes the old state with a new one."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from chainrule import ops
from chainrule.nn.initialisers import Initialiser, initialiser
from chainrule.nn.layers.recurrent.over_time import Cell, State, Weights
from chainrule.nn.layers.recurrent.recurrent import Recurrent, Returns
from chainrule.ops import Tensor

__all__ = ["GRU", "GRUCell"]


@final
class GRUCell(Cell):
    """h ← (1 − u)·n + u·h: the reset gate r, the update gate u and n lie in this order."""

    gates: ClassVar[int] = 3
    states: ClassVar[int] = 1

    def before(self, x: Tensor, weights: Weights) -> Tensor:
        return weights.projected(x, both_biases=False)

    def step(self, z: Tensor, state: State, weights: Weights) -> State:
        (h,) = state
        product = h @ weights.hidden.T
        if weights.hidden_bias is not None:  # the reset gate multiplies its last part
            product = product + weights.hidden_bias
        (xr, xu, xn), (hr, hu, hn) = (weights.split(part, self.gates) for part in (z, product))
        r, u = ops.sigmoid(xr + hr).named("r"), ops.sigmoid(xu + hu).named("u")
        n = ops.tanh(xn + r * hn).named("n")
        return (((1.0 - u) * n + u * h).named("h"),)


@final
class GRU(Recurrent):
    """Gated recurrent unit: one gate decides how much of the old state stays.

    r, u = σ(W·xₜ + b + U·hₜ₋₁ + b′),  n = tanh(W·xₜ + b + r·(U·hₜ₋₁ + b′))
    hₜ = (1 − u)·n + u·hₜ₋₁,  yₜ = hₜ
    ∂hₜ/∂hₜ₋₁ = u + …: with the update gate near 1, the gradient flows back nearly undiminished

    As in PyTorch and cuDNN, the reset gate r multiplies the product U·h and its bias; in the paper
    it multiplies h before the product.  PyTorch calls the update gate z.

    x is (T, D), (B, T, D) or has more axes before.  It may come in a pair (x, h₀), or in a
    dict with "x" and any of "state", "lengths" (B,), integers, and "mask" (B, T), booleans.  Beyond
    the length, or where the mask is False, a step does not count: its output is 0, the state stays.

    `returns` is "both" for the pair (y, h): the outputs y (B, T, H) and the last state,
    h (B, H) as h₀; "outputs" for y alone; "last" for the last output of the last layer (B, H).
    With several `layers`, each takes the outputs of the one before, in training after `dropout`.
    If `bidirectional`, each has a second direction, and outputs have 2·H for H.  Then states
    are tuples, in the order layer 0, layer 0 backward, layer 1, ….

    Parameters are called as in PyTorch: `weight_ih_l0` W (3·H, D), `weight_hh_l0` U (3·H, H),
    `bias_ih_l0` b and `bias_hh_l0` b′ (3·H,), the rows of r first, then u and n; with `_l1` in the
    next layer and `_reverse` at the end for the backward direction.  They are float64 unless
    `dtype` is float32.

    Raises OptionError for settings out of range and for lengths that x does not have, ShapeError
    for inputs of other shapes, such as without a step.

    >>> import numpy as np
    >>> layer = GRU(2, 3, bidirectional=True, returns="last", seed=1)
    >>> layer({"x": np.ones((5, 7, 2)), "lengths": np.array([7, 2, 1, 3, 7])}).shape
    (5, 6)

    Cho, van Merriënboer, Gulcehre, Bahdanau, Bougares, Schwenk and Bengio, "Learning phrase
    representations using RNN encoder–decoder for statistical machine translation", 2014.
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        layers: int = 1,
        *,
        bias: bool = True,
        bidirectional: bool = False,
        dropout: float = 0.0,
        returns: Returns = "both",
        weight_init: str | Initialiser = "xavier",
        recurrent_init: str | Initialiser = "orthogonal",
        bias_init: str | Initialiser = "zeros",
        seed: int | None = None,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        init = initialiser(bias_init)
        super().__init__(
            inputs,
            hidden,
            layers,
            bias=bias,
            bidirectional=bidirectional,
            dropout=dropout,
            returns=returns,
            weight_init=weight_init,
            recurrent_init=recurrent_init,
            bias_inits=(init, init),
            seed=seed,
            dtype=dtype,
            name=name,
        )

    @property
    def _cell(self) -> Cell:
        return GRUCell()
