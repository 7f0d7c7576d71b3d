"""The norm of several arrays together."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from chainrule.graph import Array

__all__ = ["joint_norm"]


def joint_norm(parts: Iterable[Array]) -> float:
    """‖·‖₂ of all entries of all arrays, without overflow or underflow of the squares.

    >>> import numpy as np
    >>> round(joint_norm([np.array([3e200]), np.array([4e200])]) / 1e200, 12)
    5.0
    """
    return math.hypot(*map(_norm, parts))


def _norm(array: Array) -> float:
    largest = float(np.abs(array).max(initial=0.0))
    scaled = array.astype(np.float64) / (largest or 1.0)
    return largest * math.sqrt(float(np.vdot(scaled, scaled)))
