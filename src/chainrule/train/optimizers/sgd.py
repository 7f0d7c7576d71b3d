"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from chainrule.errors import OptionError
from chainrule.train.optimizers.optimizer import Optimizer, State, Vector

__all__ = ["SGD"]


@final
@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent.

    g ← ∇ + λθ;  v ← μv + g;  θ ← θ − η·v,  or with Nesterov's momentum  θ ← θ − η·(g + μv).
    η is `learning_rate`, μ `momentum`, λ `weight_decay`. Without momentum, θ ← θ − ηg and no state.
    As PyTorch's `SGD` with dampening 0.

    Raises `OptionError` for values outside their range, or Nesterov without momentum.

    >>> import numpy as np
    >>> params, method = np.array([1.0, 2.0]), SGD(learning_rate=0.5)
    >>> method.update(params, np.array([1.0, -1.0]), method.init(2), step=1)
    >>> params
    array([0.5, 2.5])

    Sutskever, Martens, Dahl, Hinton: On the importance of initialization and momentum in deep
    learning, ICML 2013.
    """

    name: ClassVar[str] = "sgd"
    learning_rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("momentum", "a number in [0, 1)", lambda value: 0 <= value < 1)
        self._check("weight_decay", "0 or more", lambda value: value >= 0)
        if self.nesterov and self.momentum == 0:
            raise OptionError(
                "sgd nesterov", expected="momentum above 0", got="0", remedy="add momentum=0.9"
            )

    @property
    def slots(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    def _step(self, params: Vector, grads: Vector, state: State, step: int, rate: float) -> None:
        if self.weight_decay:
            grads = grads + self.weight_decay * params
        if not self.momentum:
            params -= rate * grads
            return
        velocity = state["velocity"]
        velocity *= self.momentum
        velocity += grads
        params -= rate * (grads + self.momentum * velocity if self.nesterov else velocity)
