"""Stochastic gradient descent, with momentum, Nesterov momentum and weight decay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from chainrule.errors import OptionError
from chainrule.train.optimizers.optimizer import Optimizer, State, Vector

__all__ = ["SGD"]


@final
@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent, optionally with momentum.

    With the gradient ∇ of the loss by the parameters θ, a step is

        g ← ∇ + λθ
        v ← μv + g
        θ ← θ − ηv

    and with `nesterov` the last line is θ ← θ − η(g + μv).  Without momentum, θ ← θ − ηg, and there
    is no state.  The same as PyTorch's `SGD` with dampening 0.

    learning_rate   η, above 0
    momentum        μ, in [0, 1): the share of the velocity v that is kept from step to step
    nesterov        whether to look ahead along the velocity; needs a momentum above 0
    weight_decay    λ, 0 or more: L2 regularisation, added to the gradient

    The state is `velocity` `(n,)`, starting at 0.  Raises `OptionError` for values out of range.

    >>> import numpy as np
    >>> params, method = np.array([1.0, 2.0]), SGD(learning_rate=0.5)
    >>> method.update(params, np.array([1.0, -1.0]), method.init(2), step=1)
    >>> params
    array([0.5, 2.5])

    With momentum, the velocity grows while gradients agree:

    >>> params, method = np.array([0.0]), SGD(learning_rate=1.0, momentum=0.5)
    >>> state = method.init(1)
    >>> for step in (1, 2, 3):
    ...     method.update(params, np.array([1.0]), state, step)
    ...     print(params)
    [-1.]
    [-2.5]
    [-4.25]

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

    def rule(
        self, params: Vector, grads: Vector, state: State, step: int, rate: float
    ) -> tuple[Vector, State]:
        if self.weight_decay:
            grads = grads + self.weight_decay * params
        if not self.momentum:
            return params - rate * grads, {}
        velocity = self.momentum * state["velocity"] + grads
        ahead = grads + self.momentum * velocity if self.nesterov else velocity
        return params - rate * ahead, {"velocity": velocity}
