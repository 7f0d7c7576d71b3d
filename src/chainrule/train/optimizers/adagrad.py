"""Adagrad: steps divided by the root of the sum of all squared gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from chainrule.train.optimizers.optimizer import Optimizer, State, Vector

__all__ = ["Adagrad"]


@final
@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Adagrad: each parameter's step divided by the root of the sum of its squared gradients.

    With the gradient ∇ of the loss by the parameters θ, a step is

        g ← ∇ + λθ
        s ← s + g²
        θ ← θ − η · g / (√s + ε)

    Steps shrink as s grows, fastest for parameters with large gradients; rarely used ones keep
    large steps.  The same as PyTorch's `Adagrad` without its own learning-rate decay.

    learning_rate   η, above 0
    eps             ε, 0 or more: bounds the step where gradients are tiny
    initial         the value at which s starts, 0 or more
    weight_decay    λ, 0 or more: L2 regularisation, added to the gradient

    The state is `square_sum` `(n,)`.  Raises `OptionError` for values out of range.

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
        """The state before the first update: the sum of squares `(n,)`, at `initial`."""
        return {"square_sum": np.full(n, self.initial, dtype)}

    def rule(
        self, params: Vector, grads: Vector, state: State, step: int, rate: float
    ) -> tuple[Vector, State]:
        if self.weight_decay:
            grads = grads + self.weight_decay * params
        total = grads * grads + state["square_sum"]
        return params - rate * grads / (np.sqrt(total) + self.eps), {"square_sum": total}
