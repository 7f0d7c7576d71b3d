"""The step that Adam and AdamW share."""

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
    """m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  θ ← θ − η·m̂ / (√v̂ + ε), in place on `(n,)`."""
    moment1, moment2 = state["moment1"], state["moment2"]
    moment1 *= beta1
    moment1 += (1 - beta1) * grads
    moment2 *= beta2
    moment2 += (1 - beta2) * grads * grads
    # Corrected as scalars where possible, so that the vector is walked once less.
    root = np.sqrt(moment2)
    root /= (1 - beta2**step) ** 0.5
    root += eps
    params -= (rate / (1 - beta1**step)) * moment1 / root
