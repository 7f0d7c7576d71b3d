"""L-BFGS: descent that learns the curvature from the gradients it meets."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from chainrule.graph import Array

__all__ = ["lbfgs"]

Function = Callable[[Array], tuple[float, Array]]

ENOUGH, FLATTER = 1e-4, 0.9
"""A step is long enough when it gains this share of what the slope promised, and not too short when
the slope at its end is at most this share of the first."""

HALVINGS = 40


def lbfgs(function: Function, start: Array, steps: int, memory: int = 30) -> Array:
    """The lowest point that `steps` steps from `start` find; `function` gives value and gradient.

    Each step goes along −H·∇f.  H, the inverse of the curvature, is never formed: it is made of
    the last moves s and changes of gradient y, by the two-loop recursion.  The value never rises.

    >>> bowl = lambda x: (float(x @ x), 2 * x)
    >>> lbfgs(bowl, np.array([3.0, -4.0]), 5).round(6)
    array([0., 0.])

    Nocedal, "Updating quasi-Newton matrices with limited storage", 1980.
    """
    x = start
    value, gradient = function(x)
    pairs: deque[tuple[Array, Array]] = deque(maxlen=memory)
    for _ in range(steps):
        direction = -_by_curvature(gradient, pairs)
        found = _search(function, x, value, gradient, direction)
        if found is None:
            break
        moved, value, sloped = found
        s, y = moved - x, sloped - gradient
        if s @ y > 0:
            pairs.append((s, y))
        x, gradient = moved, sloped
    return x


def _by_curvature(gradient: Array, pairs: deque[tuple[Array, Array]]) -> Array:
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


def _search(
    function: Function, x: Array, value: float, gradient: Array, direction: Array
) -> tuple[Array, float, Array] | None:
    """A step not too long and, if there is one, not too short, by bisection; None where none is."""
    slope = float(gradient @ direction)
    length, low, high = 1.0, 0.0, np.inf
    found = None
    for _ in range(HALVINGS if slope < 0 else 0):
        moved = x + length * direction
        there, sloped = function(moved)
        if not there <= value + ENOUGH * length * slope:
            high = length
        elif sloped @ direction < FLATTER * slope:
            low, found = length, (moved, there, sloped)
        else:
            return moved, there, sloped
        length = (low + high) / 2 if high < np.inf else 2 * low
    return found
