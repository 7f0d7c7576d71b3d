"""The optimizers' updates, one loop over all parameters each."""

from __future__ import annotations

import numpy as np

from chainrule.engine.compile import compiled
from chainrule.engine.functions import finite
from chainrule.engine.team import share

__all__ = ["METHODS", "SETTINGS", "update"]

SGD, RMSPROP, ADAGRAD, ADAM, ADAMW = range(5)
METHODS = {"sgd": SGD, "rmsprop": RMSPROP, "adagrad": ADAGRAD, "adam": ADAM, "adamw": ADAMW}
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
    "tame",
]
"""What stands in the vector of settings; −1 for a clipping that is off.

`tame` is the sum of absolute gradients up to which no update can overflow.
"""


@compiled
def _norm(grads, limit):
    """‖clipped gradient‖ in float64; not finite where an entry is not."""
    total = 0.0
    for i in range(len(grads)):
        slope = np.float64(min(max(grads[i], -limit), limit))
        total += slope * slope
    if finite(total):
        return np.sqrt(total)
    top = 0.0  # the square was too large: measured in units of the largest entry
    for i in range(len(grads)):
        slope = abs(np.float64(min(max(grads[i], -limit), limit)))
        if not slope <= top:
            top = slope
    if not finite(top):
        return top
    total = 0.0
    for i in range(len(grads)):
        slope = np.float64(min(max(grads[i], -limit), limit)) / top
        total += slope * slope
    return top * np.sqrt(total)


@compiled
def update(A, p, g, s, n, method, settings, rate, step, rank, ranks):
    """Change parameters A[p:p+n] by gradients A[g:g+n]; slots follow each other from A[s].

    Each thread of a team changes its share of them.
    """
    real = A.dtype.type
    begin, end = share(n, 16, rank, ranks)
    theta, grads = A[p + begin : p + end], A[g + begin : g + end]
    first, second = A[s + begin : s + end], A[s + n + begin : s + n + end]
    limit = real(settings[7]) if settings[7] >= 0 else real(np.inf)
    clip = real(1)
    if settings[8] >= 0:
        norm = _norm(A[g : g + n], limit)
        if norm > settings[8] and finite(norm):
            clip = real(settings[8] / norm)
    eta, decay, momentum = real(rate), real(settings[0]), real(settings[1])
    if method == SGD:
        _sgd(theta, grads, first, eta, decay, momentum, settings[2] != 0, limit, clip)
    elif method == RMSPROP:
        alpha, eps = real(settings[3]), real(settings[4])
        _rmsprop(theta, grads, first, second, eta, decay, momentum, alpha, eps, limit, clip)
    elif method == ADAGRAD:
        _adagrad(theta, grads, first, eta, decay, real(settings[4]), limit, clip)
    else:
        # η·m̂ / (√v̂ + ε) with the corrections taken out of the loop
        size = real(rate / (1 - _power(settings[5], step)))
        scale = real(1 / np.sqrt(1 - _power(settings[6], step)))
        coupled, keep = decay, real(1)
        if method == ADAMW:
            coupled, keep = real(0), real(1 - rate * settings[0])
        beta1, beta2, eps = real(settings[5]), real(settings[6]), real(settings[4])
        _adam(
            theta, grads, first, second, size, scale, coupled, keep, beta1, beta2, eps, limit, clip
        )


@compiled
def _power(base, exponent):
    """baseⁿ by squaring: the library's function for any exponent takes as long as a small step."""
    found = 1.0
    while exponent:
        if exponent & 1:
            found *= base
        base *= base
        exponent >>= 1
    return found


@compiled
def _sgd(theta, grads, velocity, eta, decay, momentum, nesterov, limit, clip):
    if momentum == 0:
        for i in range(len(theta)):
            slope = clip * min(max(grads[i], -limit), limit) + decay * theta[i]
            theta[i] -= eta * slope
        return
    for i in range(len(theta)):
        slope = clip * min(max(grads[i], -limit), limit) + decay * theta[i]
        v = momentum * velocity[i] + slope
        velocity[i] = v
        theta[i] -= eta * (slope + momentum * v if nesterov else v)


@compiled
def _rmsprop(theta, grads, square, velocity, eta, decay, momentum, alpha, eps, limit, clip):
    rest = theta.dtype.type(1) - alpha
    for i in range(len(theta)):
        slope = clip * min(max(grads[i], -limit), limit) + decay * theta[i]
        v = alpha * square[i] + rest * slope * slope
        square[i] = v
        scaled = slope / (np.sqrt(v) + eps)
        if momentum != 0:
            scaled += momentum * velocity[i]
            velocity[i] = scaled
        theta[i] -= eta * scaled


@compiled
def _adagrad(theta, grads, total, eta, decay, eps, limit, clip):
    for i in range(len(theta)):
        slope = clip * min(max(grads[i], -limit), limit) + decay * theta[i]
        v = total[i] + slope * slope
        total[i] = v
        theta[i] -= eta * slope / (np.sqrt(v) + eps)


@compiled
def _adam(theta, grads, moment1, moment2, size, scale, decay, keep, beta1, beta2, eps, limit, clip):
    one = theta.dtype.type(1)
    for i in range(len(theta)):
        kept = theta[i] * keep
        slope = clip * min(max(grads[i], -limit), limit) + decay * kept
        m = beta1 * moment1[i] + (one - beta1) * slope
        v = beta2 * moment2[i] + (one - beta2) * slope * slope
        moment1[i] = m
        moment2[i] = v
        theta[i] = kept - size * m / (np.sqrt(v) * scale + eps)
