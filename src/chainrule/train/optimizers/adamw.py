"""AdamW: Adam whose weight decay does not pass through the moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from chainrule.train.optimizers.adam_step import adam_step
from chainrule.train.optimizers.optimizer import Optimizer, State, Vector

__all__ = ["AdamW"]


@final
@dataclass(frozen=True)
class AdamW(Optimizer):
    """Adam with decoupled weight decay.

    θ ← θ − ηλθ, then Adam's update with the gradient ∇ as it is. As PyTorch's `AdamW`.

    Raises `OptionError` for values outside their range.

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

    def _step(self, params: Vector, grads: Vector, state: State, step: int, rate: float) -> None:
        params *= 1 - rate * self.weight_decay
        adam_step(params, grads, state, step, rate, self.beta1, self.beta2, self.eps)
