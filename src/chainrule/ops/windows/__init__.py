"""Primitives over sliding windows: unfolding, convolution, pooling."""

from chainrule.ops.windows.windows import (
    fold,
    unfold,
)

__all__ = [
    "fold",
    "unfold",
]
