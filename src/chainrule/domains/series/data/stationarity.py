"""Whether a series returns to a level, or wanders."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

__all__ = ["returns_to_level"]

CRITICAL = -3.43
"""The t value below which a random walk is refused, at one percent."""

MOST_LAGS = 12


def returns_to_level(values: Array) -> bool:
    """Whether a series (n,) is no random walk, by the augmented test of Dickey and Fuller.

    Δyₜ = α + β·yₜ₋₁ + Σ γᵢ·Δyₜ₋ᵢ + εₜ,  and β is clearly below zero

    >>> noise = np.random.default_rng(0).normal(size=300)
    >>> returns_to_level(noise), returns_to_level(np.cumsum(noise))
    (True, False)

    Dickey and Fuller, "Distribution of the Estimators for Autoregressive Time Series with a Unit
    Root", 1979.
    """
    lags = min(MOST_LAGS, len(values) // 10)
    changes = np.diff(values)
    count = len(changes) - lags
    if count < lags + 10:
        return False
    before = [changes[lags - i : len(changes) - i] for i in range(1, lags + 1)]
    x = np.stack([np.ones(count), values[lags:-1], *before], axis=1)
    y = changes[lags:]
    inverse = np.linalg.pinv(x.T @ x)
    weights = inverse @ (x.T @ y)
    rest = y - x @ weights
    error = np.sqrt(float(rest @ rest) / (count - x.shape[1]) * max(float(inverse[1, 1]), 0.0))
    return bool(weights[1] < CRITICAL * error)
