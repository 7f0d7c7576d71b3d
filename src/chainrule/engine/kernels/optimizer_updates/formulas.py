"""The optimizers' update rules: new parameters and slots from old ones and the gradient.

Each formula computes with `Number`s, which stand for vectors.  Its arguments are the parameter θ,
the gradient g, the slots, and numbers that `updates` prepares; it returns the new parameter and
slots.
"""

from __future__ import annotations

from chainrule.engine.simd.ir_number import Number

__all__ = [
    "adagrad",
    "adam",
    "adam_by_differences",
    "momentum",
    "rmsprop",
    "rmsprop_momentum",
    "sgd",
]

Numbers = tuple[Number, ...]


def sgd(theta: Number, g: Number, eta: Number) -> Numbers:
    return (theta - eta * g,)


def momentum(
    theta: Number, g: Number, velocity: Number,
    eta: Number, mu: Number, gradient_share: Number, velocity_share: Number,
) -> Numbers:  # fmt: skip
    v = mu * velocity + g
    return theta - eta * (gradient_share * g + velocity_share * v), v


def rmsprop(
    theta: Number, g: Number, square: Number, eta: Number, alpha: Number, rest: Number, eps: Number
) -> Numbers:
    v = alpha * square + rest * g * g
    return theta - eta * g / (v.sqrt() + eps), v


def rmsprop_momentum(
    theta: Number, g: Number, square: Number, velocity: Number,
    eta: Number, alpha: Number, rest: Number, eps: Number, mu: Number,
) -> Numbers:  # fmt: skip
    v = alpha * square + rest * g * g
    scaled = g / (v.sqrt() + eps) + mu * velocity
    return theta - eta * scaled, v, scaled


def adagrad(theta: Number, g: Number, total: Number, eta: Number, eps: Number) -> Numbers:
    v = total + g * g
    return theta - eta * g / (v.sqrt() + eps), v


def adam(
    theta: Number, g: Number, first: Number, second: Number, size: Number, scale: Number,
    beta1: Number, rest1: Number, beta2: Number, rest2: Number, eps: Number,
) -> Numbers:  # fmt: skip
    m = beta1 * first + rest1 * g
    v = beta2 * second + rest2 * g * g
    return theta - size * m / (v.sqrt() * scale + eps), m, v


def adam_by_differences(
    theta: Number, g: Number, first: Number, second: Number, size: Number, scale: Number,
    rest1: Number, rest2: Number, eps: Number,
) -> Numbers:  # fmt: skip
    """Adam with fewer operations: both means move towards the new value by a share of the distance.

    Division is by an estimated reciprocal.
    """
    m = first + rest1 * (g - first)
    v = second + rest2 * (g * g - second)
    return theta - (size * m).divide_approximately(v.sqrt() * scale + eps), m, v
