"""RMSProp: each parameter's step divided by a running root mean square of its gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from chainrule.train.optimizers.optimizer import Optimizer, State, Vector

__all__ = ["RMSProp"]


@final
@dataclass(frozen=True)
class RMSProp(Optimizer):
    """RMSProp.

    g ← ∇ + λθ;  s ← αs + (1 − α)g²;  θ ← θ − η·g / (√s + ε).
    With `momentum` μ:  v ← μv + g / (√s + ε);  θ ← θ − ηv.  ε is outside the root, as in PyTorch's
    `RMSprop` (TensorFlow puts it inside).

    Raises `OptionError` for values outside their range.

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

    def _step(self, params: Vector, grads: Vector, state: State, step: int, rate: float) -> None:
        if self.weight_decay:
            grads = grads + self.weight_decay * params
        square = state["square_average"]
        square *= self.alpha
        square += (1 - self.alpha) * grads * grads
        scaled = grads / (np.sqrt(square) + self.eps)
        if not self.momentum:
            params -= rate * scaled
            return
        velocity = state["velocity"]
        velocity *= self.momentum
        velocity += scaled
        params -= rate * velocity
