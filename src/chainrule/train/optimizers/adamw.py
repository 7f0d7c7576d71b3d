"""AdamW: Adam whose weight decay does not pass through the moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from chainrule.train.optimizers.adam import adam_rule
from chainrule.train.optimizers.optimizer import Optimizer, State, Vector

__all__ = ["AdamW"]


@final
@dataclass(frozen=True)
class AdamW(Optimizer):
    """Adam with decoupled weight decay.

    With the gradient ∇ of the loss by the parameters θ, step t = 1, 2, … is

        θ ← (1 − ηλ)θ
        m ← β₁m + (1 − β₁)∇            m̂ = m / (1 − β₁ᵗ)
        v ← β₂v + (1 − β₂)∇²           v̂ = v / (1 − β₂ᵗ)
        θ ← θ − η · m̂ / (√v̂ + ε)

    In `Adam` the decay is part of the gradient, so that it is divided by √v̂ too and parameters with
    large gradients decay less; here all parameters decay at the same rate.  The same as PyTorch's
    `AdamW`.

    learning_rate   η, above 0
    beta1, beta2    β₁ and β₂, in [0, 1): how slowly the averages of ∇ and ∇² change
    eps             ε, 0 or more: bounds the step where gradients are tiny
    weight_decay    λ, 0 or more: the decay, scaled by η

    The state is `moment1` and `moment2` `(n,)`, starting at 0.  Raises `OptionError` for values out
    of range.

    >>> import numpy as np
    >>> params, method = np.array([1.0]), AdamW(learning_rate=0.1, weight_decay=0.5)
    >>> method.update(params, np.array([3.0]), method.init(1), step=1)
    >>> params.round(6)
    array([0.85])

    Loshchilov, Hutter: Decoupled weight decay regularization, ICLR 2019 (arXiv:1711.05101).
    """

    name: ClassVar[str] = "adamw"
    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("beta1", "a number in [0, 1)", lambda value: 0 <= value < 1)
        self._check("beta2", "a number in [0, 1)", lambda value: 0 <= value < 1)
        self._check("eps", "0 or more", lambda value: value >= 0)
        self._check("weight_decay", "0 or more", lambda value: value >= 0)

    @property
    def slots(self) -> tuple[str, ...]:
        return ("moment1", "moment2")

    def rule(
        self, params: Vector, grads: Vector, state: State, step: int, rate: float
    ) -> tuple[Vector, State]:
        params = params * (1 - rate * self.weight_decay)
        return adam_rule(params, grads, state, step, rate, self.beta1, self.beta2, self.eps)
