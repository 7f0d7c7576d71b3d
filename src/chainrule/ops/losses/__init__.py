"""Loss functions, composed of primitives."""

from chainrule.ops.losses.losses import (
    LOSSES,
    binary_cross_entropy,
    cross_entropy,
    half_squared_error,
    huber,
    mse,
)

__all__ = [
    "LOSSES",
    "binary_cross_entropy",
    "cross_entropy",
    "half_squared_error",
    "huber",
    "mse",
]
