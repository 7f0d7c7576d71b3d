"""Loss functions: one number that measures how far outputs are from targets.

They are composed of recorded operations, so they need no rules of their own for gradients,
explanations and programs.
"""

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
