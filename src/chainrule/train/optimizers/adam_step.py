"""The update that Adam and AdamW share, after their different weight decay."""

from __future__ import annotations

import numpy as np

from chainrule.train.optimizers.optimizer import State, Vector

__all__ = ["adam_step"]


def adam_step(
    params: Vector,
    grads: Vector,
    state: State,
    step: int,
    rate: float,
    beta1: float,
    beta2: float,
    eps: float,
) -> None:
    """Update the moments m and v, then the parameters θ, in place; all are `(n,)`.

    m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  θ ← θ − η · m̂ / (√v̂ + ε), where η is `rate` and
    m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ) at step t.
    """
    moment1, moment2 = state["moment1"], state["moment2"]
    moment1 *= beta1
    moment1 += (1 - beta1) * grads
    moment2 *= beta2
    moment2 += (1 - beta2) * grads * grads
    # The bias corrections are applied to scalars where possible, which saves passes over vectors.
    root = np.sqrt(moment2)
    root /= (1 - beta2**step) ** 0.5
    root += eps
    params -= (rate / (1 - beta1**step)) * moment1 / root
