"""Adam: steps from bias-corrected running averages of the gradient and its square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from chainrule.train.optimizers.optimizer import Optimizer, State, Vector

__all__ = ["Adam", "adam_rule"]


@final
@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam: adaptive steps from estimates of the gradient's first and second moments.

    With the gradient ∇ of the loss by the parameters θ, step t = 1, 2, … is

        g ← ∇ + λθ
        m ← β₁m + (1 − β₁)g            m̂ = m / (1 − β₁ᵗ)
        v ← β₂v + (1 − β₂)g²           v̂ = v / (1 − β₂ᵗ)
        θ ← θ − η · m̂ / (√v̂ + ε)

    Since m and v start at 0, they are too small in the first steps; m̂ and v̂ correct that.  The size
    of a step hardly depends on the size of the gradient: |Δθ| is about η while gradients agree.
    The same as PyTorch's `Adam`: ε is added outside the root and after the correction.

    learning_rate   η, above 0
    beta1, beta2    β₁ and β₂, in [0, 1): how slowly the averages of g and g² change
    eps             ε, 0 or more: bounds the step where gradients are tiny
    weight_decay    λ, 0 or more: L2 regularisation, added to the gradient and so also divided by
                    √v̂; see `AdamW` for decoupled weight decay

    The state is `moment1` and `moment2` `(n,)`, starting at 0.  Raises `OptionError` for values out
    of range.

    >>> import numpy as np
    >>> params, method = np.array([1.0, 1.0]), Adam(learning_rate=0.1)
    >>> method.update(params, np.array([3.0, -0.02]), method.init(2), step=1)
    >>> params.round(6)
    array([0.9, 1.1])

    Kingma, Ba: Adam: a method for stochastic optimization, ICLR 2015 (arXiv:1412.6980).
    """

    name: ClassVar[str] = "adam"
    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0

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
        if self.weight_decay:
            grads = grads + self.weight_decay * params
        return adam_rule(params, grads, state, step, rate, self.beta1, self.beta2, self.eps)


def adam_rule(
    params: Vector,
    grads: Vector,
    state: State,
    step: int,
    rate: float,
    beta1: float,
    beta2: float,
    eps: float,
) -> tuple[Vector, State]:
    """The new parameters θ, and the new moments m and v; all are `(n,)`.

    m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  θ ← θ − η · m̂ / (√v̂ + ε), where η is `rate` and
    m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ) at step t.
    """
    moment1 = beta1 * state["moment1"] + (1 - beta1) * grads
    moment2 = beta2 * state["moment2"] + (1 - beta2) * grads * grads
    # The bias corrections are applied to scalars where possible, which saves passes over vectors.
    root = np.sqrt(moment2) / (1 - beta2**step) ** 0.5 + eps
    params = params - (rate / (1 - beta1**step)) * moment1 / root
    return params, {"moment1": moment1, "moment2": moment2}
