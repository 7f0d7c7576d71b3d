"""Products along paths, in which 0 wins over an infinite slope."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

__all__ = ["times"]


def times(left: Array | float, right: Array | float) -> Array:
    """left · right, and 0 where either is 0 although the other is infinite.

    Where nothing comes back, as through the step of `sign`, an infinite slope further on adds
    nothing: that is how the backward pass counts too.

    >>> times(np.array([0.0, 2.0]), np.array([np.inf, 3.0]))
    array([0., 6.])
    """
    with np.errstate(invalid="ignore"):
        return np.where((left == 0) | (right == 0), 0.0, np.multiply(left, right))
