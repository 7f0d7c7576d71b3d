"""RMSProp: steps divided by a running root mean square of the gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from chainrule.train.optimizers.optimizer import Optimizer, State, Vector

__all__ = ["RMSProp"]


@final
@dataclass(frozen=True)
class RMSProp(Optimizer):
    """RMSProp: each parameter's step divided by a running root mean square of its gradient.

    With the gradient ∇ of the loss by the parameters θ, a step is

        g ← ∇ + λθ
        s ← αs + (1 − α)g²
        θ ← θ − η · g / (√s + ε)

    and with momentum

        v ← μv + g / (√s + ε)
        θ ← θ − ηv

    The same as PyTorch's `RMSprop`: ε is added outside the root (TensorFlow adds it inside).

    learning_rate   η, above 0
    alpha           α, in [0, 1): how slowly the average of g² changes
    eps             ε, 0 or more: bounds the step where gradients are tiny
    momentum        μ, in [0, 1): the share of the velocity v that is kept from step to step
    weight_decay    λ, 0 or more: L2 regularisation, added to the gradient

    The state is `square_average` `(n,)` and, with momentum, `velocity` `(n,)`, both starting at 0.
    Since s is not corrected for that, the first steps are large: η / √(1 − α) in the first.  Raises
    `OptionError` for values out of range.

    >>> import numpy as np
    >>> params, method = np.array([1.0]), RMSProp(learning_rate=0.01)
    >>> method.update(params, np.array([3.0]), method.init(1), step=1)
    >>> params.round(6)
    array([0.9])

    Tieleman, Hinton: Lecture 6.5 of Neural Networks for Machine Learning, 2012.
    """

    name: ClassVar[str] = "rmsprop"
    learning_rate: float = 0.01
    alpha: float = 0.99
    eps: float = 1e-8
    momentum: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("alpha", "a number in [0, 1)", lambda value: 0 <= value < 1)
        self._check("eps", "0 or more", lambda value: value >= 0)
        self._check("momentum", "a number in [0, 1)", lambda value: 0 <= value < 1)
        self._check("weight_decay", "0 or more", lambda value: value >= 0)

    @property
    def slots(self) -> tuple[str, ...]:
        return ("square_average", "velocity") if self.momentum else ("square_average",)

    def rule(
        self, params: Vector, grads: Vector, state: State, step: int, rate: float
    ) -> tuple[Vector, State]:
        if self.weight_decay:
            grads = grads + self.weight_decay * params
        square = self.alpha * state["square_average"] + (1 - self.alpha) * grads * grads
        scaled = grads / (np.sqrt(square) + self.eps)
        if not self.momentum:
            return params - rate * scaled, {"square_average": square}
        velocity = self.momentum * state["velocity"] + scaled
        return params - rate * velocity, {"square_average": square, "velocity": velocity}
