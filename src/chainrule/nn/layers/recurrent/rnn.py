"""The simple recurrent network: the state is an activation of the input and the state before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, final

import numpy as np

from chainrule import ops
from chainrule.errors import OptionError
from chainrule.nn.initialisers import Initialiser, initialiser
from chainrule.nn.layers.recurrent.over_time import Cell, State, Weights
from chainrule.nn.layers.recurrent.recurrent import Recurrent, Returns
from chainrule.ops import Tensor

__all__ = ["RNN", "RNNCell"]

Activation = Literal["tanh", "relu"]

_FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {"tanh": ops.tanh, "relu": ops.relu}


@final
class RNNCell(Cell):
    """h ← f(z + U·h), where z = W·x + b + b′ is computed for all steps at once."""

    gates: ClassVar[int] = 1
    states: ClassVar[int] = 1

    def __init__(self, activation: Activation = "tanh") -> None:
        self.function = _FUNCTIONS[activation]

    def before(self, x: Tensor, weights: Weights) -> Tensor:
        return weights.projected(x, both_biases=True)

    def step(self, z: Tensor, state: State, weights: Weights) -> State:
        return (self.function(z + state[0] @ weights.hidden.T).named("h"),)


@final
class RNN(Recurrent):
    """Simple recurrent network (Elman network): the state is fed back at every step.

    hₜ = f(W·xₜ + b + U·hₜ₋₁ + b′),  f = tanh or ReLU,  yₜ = hₜ
    ∂L/∂hₜ₋₁ = ∂L/∂yₜ₋₁ + Uᵀ·(f′ₜ ∘ ∂L/∂hₜ): over many steps a product, which vanishes or explodes

    x is (T, D), (B, T, D) or has more axes before.  It may come in a pair (x, h₀), or in a
    dict with "x" and any of "state", "lengths" (B,), integers, and "mask" (B, T), booleans.  Beyond
    the length, or where the mask is False, a step does not count: its output is 0, the state stays.

    `returns` is "both" for the pair (y, h): the outputs y (B, T, H) and the last state,
    h (B, H) as h₀; "outputs" for y alone; "last" for the last output of the last layer (B, H).
    With several `layers`, each takes the outputs of the one before, in training after `dropout`.
    If `bidirectional`, each has a second direction, and outputs have 2·H for H.  Then states
    are tuples, in the order layer 0, layer 0 backward, layer 1, ….

    Parameters are called as in PyTorch: `weight_ih_l0` W (H, D), `weight_hh_l0` U (H, H),
    `bias_ih_l0` b and `bias_hh_l0` b′ (H,), with `_l1` in the next layer and `_reverse` at the end
    for the backward direction.  They are float64 unless `dtype` is float32.

    Raises OptionError for settings out of range and for lengths that x does not have, ShapeError
    for inputs of other shapes, such as without a step.

    >>> layer = RNN(1, 1)
    >>> layer.load({"weight_ih_l0": [[1.0]], "weight_hh_l0": [[0.5]]}, partial=True)
    >>> y, h = layer([[0.5], [1.0]])
    >>> y, h
    (Tensor([[0.46211716],
            [0.8428861 ]]), Tensor([0.8428861]))

    Elman, "Finding structure in time", 1990.
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        layers: int = 1,
        *,
        activation: Activation = "tanh",
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
        if activation not in _FUNCTIONS:
            raise OptionError("RNN activation", expected="'tanh' or 'relu'", got=repr(activation))
        self.activation: Activation = activation
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
        return RNNCell(self.activation)

    def options(self) -> Mapping[str, Any]:
        chosen = {"activation": self.activation} if self.activation != "tanh" else {}
        return {**super().options(), **chosen}
