"""L-BFGS: descent that estimates the curvature from the gradients along its way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from chainrule.graph import Array

__all__ = ["lbfgs"]

Function = Callable[[Array], tuple[float, Array]]

SUFFICIENT_DECREASE, CURVATURE = 1e-4, 0.9
"""The constants of the Wolfe conditions.  A step is not too long if the value falls by at least the
first share of what the slope predicts, and not too short if the slope at its end is at most the
second share as steep as at its start."""

MOST_TRIALS = 40
"""The most step lengths that one line search tries."""


def lbfgs(function: Function, start: Array, steps: int, memory: int = 30) -> Array:
    """Minimise a function, which returns value and gradient, from `start` in at most `steps` steps.

    Each step goes along −H·∇f.  H, an estimate of the inverse Hessian, is never formed: the
    two-loop recursion applies it, from the last steps s and changes of the gradient y.  The value
    never rises.

    >>> bowl = lambda x: (float(x @ x), 2 * x)
    >>> lbfgs(bowl, np.array([3.0, -4.0]), 5).round(6)
    array([0., 0.])

    Nocedal, "Updating quasi-Newton matrices with limited storage", 1980.
    """
    x = start
    value, gradient = function(x)
    pairs: deque[tuple[Array, Array]] = deque(maxlen=memory)
    for _ in range(steps):
        direction = -_times_inverse_hessian(gradient, pairs)
        found = _line_search(function, x, value, gradient, direction)
        if found is None:
            break
        point, value, new_gradient = found
        s, y = point - x, new_gradient - gradient
        if s @ y > 0:
            pairs.append((s, y))
        x, gradient = point, new_gradient
    return x


def _times_inverse_hessian(gradient: Array, pairs: deque[tuple[Array, Array]]) -> Array:
    """H·gradient, by the two-loop recursion."""
    if not pairs:
        return gradient / max(1.0, float(np.sqrt(gradient @ gradient)))
    q, shares = gradient, list[float]()
    for s, y in reversed(pairs):
        share = float(s @ q / (s @ y))
        shares.append(share)
        q = q - share * y
    s, y = pairs[-1]
    r = q * (s @ y / (y @ y))
    for (s, y), share in zip(pairs, reversed(shares), strict=True):
        r = r + s * (share - y @ r / (s @ y))
    return r


def _line_search(
    function: Function, x: Array, value: float, gradient: Array, direction: Array
) -> tuple[Array, float, Array] | None:
    """Bisect for a step that meets both Wolfe conditions, or only the first; None if none does."""
    slope = float(gradient @ direction)
    length, low, high = 1.0, 0.0, np.inf
    found = None
    for _ in range(MOST_TRIALS if slope < 0 else 0):
        point = x + length * direction
        new_value, new_gradient = function(point)
        if not new_value <= value + SUFFICIENT_DECREASE * length * slope:
            high = length
        elif new_gradient @ direction < CURVATURE * slope:
            low, found = length, (point, new_value, new_gradient)
        else:
            return point, new_value, new_gradient
        length = (low + high) / 2 if high < np.inf else 2 * low
    return found
