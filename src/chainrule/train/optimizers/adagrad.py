"""Adagrad: each parameter's step divided by the root of all its squared gradients so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from chainrule.train.optimizers.optimizer import Optimizer, State, Vector

__all__ = ["Adagrad"]


@final
@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Adagrad.

    g ← ∇ + λθ;  s ← s + g²;  θ ← θ − η·g / (√s + ε),  s starting at `initial`.
    As PyTorch's `Adagrad` without learning-rate decay.

    Raises `OptionError` for values outside their range.

    >>> import numpy as np
    >>> params, method = np.array([1.0]), Adagrad(learning_rate=0.1)
    >>> method.update(params, np.array([3.0]), method.init(1), step=1)
    >>> params.round(6)
    array([0.9])

    Duchi, Hazan, Singer: Adaptive subgradient methods for online learning and stochastic
    optimization, JMLR 12, 2011.
    """

    name: ClassVar[str] = "adagrad"
    learning_rate: float = 0.01
    eps: float = 1e-10
    initial: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("eps", "0 or more", lambda value: value >= 0)
        self._check("initial", "0 or more", lambda value: value >= 0)
        self._check("weight_decay", "0 or more", lambda value: value >= 0)

    @property
    def slots(self) -> tuple[str, ...]:
        return ("square_sum",)

    def init(self, n: int, dtype: Any = np.float64) -> State:
        """State before the first update: the sum of squares `(n,)`, at `initial`."""
        return {"square_sum": np.full(n, self.initial, dtype)}

    def _step(self, params: Vector, grads: Vector, state: State, step: int, rate: float) -> None:
        if self.weight_decay:
            grads = grads + self.weight_decay * params
        total = state["square_sum"]
        total += grads * grads
        params -= rate * grads / (np.sqrt(total) + self.eps)
