"""The optimizers' updates, one loop over all parameters each."""

from __future__ import annotations

import numpy as np

from chainrule.engine.compile import compiled

__all__ = ["METHODS", "SETTINGS", "update"]

METHODS = {"sgd": 0, "rmsprop": 1, "adagrad": 2, "adam": 3, "adamw": 4}
SETTINGS = [
    "weight_decay",
    "momentum",
    "nesterov",
    "alpha",
    "eps",
    "beta1",
    "beta2",
    "clip_value",
    "clip_norm",
]
"""What stands in the vector of settings; −1 for a clipping that is off."""


@compiled
def _norm(A, g, n, limit):
    """‖clipped gradient‖ where its square is beyond float64; not finite where an entry is not."""
    top = 0.0
    for i in range(n):
        slope = abs(np.float64(min(max(A[g + i], -limit), limit)))
        if not slope <= top:
            top = slope
    if not np.isfinite(top):
        return top
    total = 0.0
    for i in range(n):
        slope = np.float64(min(max(A[g + i], -limit), limit)) / top
        total += slope * slope
    return top * np.sqrt(total)


@compiled
def update(A, p, g, s, n, method, settings, rate, step):
    """Change parameters A[p:p+n] by gradients A[g:g+n]; slots follow each other from A[s]."""
    real = A.dtype.type
    decay, momentum, nesterov = real(settings[0]), real(settings[1]), settings[2] != 0
    alpha, eps, beta1, beta2 = (
        real(settings[3]), real(settings[4]), real(settings[5]), real(settings[6])
    )  # fmt: skip
    limit = real(settings[7]) if settings[7] >= 0 else real(np.inf)
    clip = real(1)
    if settings[8] >= 0:
        total = 0.0
        for i in range(n):
            slope = np.float64(min(max(A[g + i], -limit), limit))
            total += slope * slope
        norm = np.sqrt(total)
        if not np.isfinite(norm):
            norm = _norm(A, g, n, limit)
        if norm > settings[8] and np.isfinite(norm):
            clip = real(settings[8] / norm)
    eta = real(rate)
    one = real(1)
    if method == 3 or method == 4:
        # η·m̂ / (√v̂ + ε) with the corrections taken out of the loop
        root = np.sqrt(1 - settings[6] ** step)
        size = real(rate / (1 - settings[5] ** step))
        scale = real(1 / root)
        keep = real(1 - rate * settings[0]) if method == 4 else one
        coupled = decay if method == 3 else real(0)
        for i in range(n):
            theta = A[p + i] * keep
            slope = clip * min(max(A[g + i], -limit), limit) + coupled * theta
            m = beta1 * A[s + i] + (one - beta1) * slope
            v = beta2 * A[s + n + i] + (one - beta2) * slope * slope
            A[s + i] = m
            A[s + n + i] = v
            A[p + i] = theta - size * m / (np.sqrt(v) * scale + eps)
    elif method == 0:
        if momentum == 0:
            for i in range(n):
                A[p + i] -= eta * (clip * min(max(A[g + i], -limit), limit) + decay * A[p + i])
        else:
            for i in range(n):
                slope = clip * min(max(A[g + i], -limit), limit) + decay * A[p + i]
                v = momentum * A[s + i] + slope
                A[s + i] = v
                A[p + i] -= eta * (slope + momentum * v if nesterov else v)
    elif method == 1:
        for i in range(n):
            slope = clip * min(max(A[g + i], -limit), limit) + decay * A[p + i]
            v = alpha * A[s + i] + (one - alpha) * slope * slope
            A[s + i] = v
            scaled = slope / (np.sqrt(v) + eps)
            if momentum != 0:
                scaled += momentum * A[s + n + i]
                A[s + n + i] = scaled
            A[p + i] -= eta * scaled
    else:
        for i in range(n):
            slope = clip * min(max(A[g + i], -limit), limit) + decay * A[p + i]
            v = A[s + i] + slope * slope
            A[s + i] = v
            A[p + i] -= eta * slope / (np.sqrt(v) + eps)
