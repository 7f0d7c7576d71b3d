"""Long short-term memory: gates decide what a cell forgets, takes in and shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np

from chainrule import ops
from chainrule.arguments import real_number
from chainrule.nn.initialisers import Initialiser, initialiser
from chainrule.nn.layers.recurrent.gates import GateBiases
from chainrule.nn.layers.recurrent.over_time import Cell, State, Weights
from chainrule.nn.layers.recurrent.recurrent import Recurrent, Returns
from chainrule.ops import Tensor

__all__ = ["LSTM", "LSTMCell"]


@final
class LSTMCell(Cell):
    """(h, c) ← (o·tanh(c′), c′) with c′ = f·c + i·g: the gates i, f, g, o lie in this order."""

    gates: ClassVar[int] = 4
    states: ClassVar[int] = 2

    def before(self, x: Tensor, weights: Weights) -> Tensor:
        return weights.projected(x, both_biases=True)

    def step(self, z: Tensor, state: State, weights: Weights) -> State:
        h, c = state
        i, f, g, o = weights.split(z + h @ weights.hidden.T, self.gates)
        i, f, o = (ops.sigmoid(gate) for gate in (i, f, o))
        g = ops.tanh(g)
        c = (f.named("f") * c + i.named("i") * g.named("g")).named("c")
        return weights.shown((o.named("o") * ops.tanh(c)).named("h")), c


@final
class LSTM(Recurrent):
    """Long short-term memory: a cell c that is kept by a gate, so that its gradient can last.

    i, f, o = σ(W·xₜ + b + U·hₜ₋₁ + b′),  g = tanh(W·xₜ + b + U·hₜ₋₁ + b′)
    cₜ = f·cₜ₋₁ + i·g,  hₜ = o·tanh(cₜ),  yₜ = hₜ
    ∂cₜ/∂cₜ₋₁ = f along the cell: with the forget gate open, the gradient flows back undiminished

    x is (T, D), (B, T, D) or has more axes before.  It may come in a pair (x, (h₀, c₀)), or in a
    dict with "x" and any of "state", "lengths" (B,), integers, and "mask" (B, T), booleans.  Beyond
    the length, or where the mask is False, a step does not count: its output is 0, the state stays.

    `returns` is "both" for the pair (y, (h, c)): the outputs y (B, T, H) and the last state,
    h and c (B, H); "outputs" for y alone; "last" for the last output of the last layer (B, H).
    With several `layers`, each takes the outputs of the one before, in training after `dropout`.
    If `bidirectional`, each has a second direction, and outputs have 2·H for H.  Then states
    are tuples of pairs (h, c), in the order layer 0, layer 0 backward, layer 1, ….

    Parameters are called as in PyTorch: `weight_ih_l0` W (4·H, D), `weight_hh_l0` U (4·H, H),
    `bias_ih_l0` b and `bias_hh_l0` b′ (4·H,), the rows of i first, then f, g and o; with `_l1` in
    the next layer and `_reverse` at the end for the backward direction.  The biases of the forget
    gate begin with `forget_bias` in b and 0 in b′, which keeps the cell open.  Parameters are
    float64 unless `dtype` is float32.

    Raises OptionError for settings out of range and for lengths that x does not have, ShapeError
    for inputs of other shapes, such as without a step.

    >>> import numpy as np
    >>> layer = LSTM(2, 3, seed=1)
    >>> y, (h, c) = layer(np.ones((5, 7, 2)))
    >>> y.shape, h.shape, c.shape
    ((5, 7, 3), (5, 3), (5, 3))

    Hochreiter and Schmidhuber, "Long short-term memory", 1997; the forget gate is of Gers,
    Schmidhuber and Cummins, "Learning to forget", 2000, its bias of Jozefowicz, Zaremba and
    Sutskever, "An empirical exploration of recurrent network architectures", 2015.
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        layers: int = 1,
        *,
        bias: bool = True,
        forget_bias: float = 1.0,
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
        self.forget_bias = float(real_number("LSTM forget_bias", forget_bias))
        init = initialiser(bias_init)
        gates = self._cell.gates
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
            bias_inits=(
                GateBiases(init, gates, 1, self.forget_bias),
                GateBiases(init, gates, 1, 0.0),
            ),
            seed=seed,
            dtype=dtype,
            name=name,
        )

    @property
    def _cell(self) -> Cell:
        return LSTMCell()

    def options(self) -> Mapping[str, Any]:
        chosen = {"forget_bias": self.forget_bias} if self.forget_bias != 1 else {}
        return {**super().options(), **chosen}
