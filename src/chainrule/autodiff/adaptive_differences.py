"""The slope of one variable from values alone, with a bound of its error.

No step suits every function: along a long one it bends, or ends; a short one drowns in rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from chainrule.graph import Array

__all__ = ["Slope", "central_slope", "one_sided_slope"]

FACTOR = 4.0
"""The ratio of each step to the next, shorter one."""

STEPS = 26
"""The least number of steps: the shortest is 1e-15 of the longest, and of a small argument."""


class Slope(NamedTuple):
    """An estimate, and how far it may be off: ∞ where no step stays in the domain."""

    value: float
    error: float


def central_slope(function: Callable[[float], float], x: float) -> Slope:
    """f′(x) ≈ (f(x + h) − f(x − h)) / 2h, extrapolated to h → 0."""
    steps = _steps(x)
    return _extrapolated(function, x - steps, x + steps, order=2)


def one_sided_slope(function: Callable[[float], float], x: float, side: int) -> Slope:
    """f′(x) ≈ (f(x + h) − f(x)) / h, with steps h upwards (`side` 1) or downwards (−1)."""
    steps = _steps(x)
    return _extrapolated(function, np.full(len(steps), x), x + side * steps, order=1)


def _steps(x: float) -> Array:
    shorter = np.log(1 / abs(x)) / np.log(FACTOR) if np.finfo(np.float64).tiny < abs(x) < 1 else 0
    return 0.5 * max(1.0, abs(x)) / FACTOR ** np.arange(STEPS + int(shorter))


def _extrapolated(
    function: Callable[[float], float], starts: Array, ends: Array, order: int
) -> Slope:
    """The estimate of least error over all steps.

    Differences D(h) whose error is of this order in h are combined as (r·D(h/4) − D(h)) / (r − 1)
    with r = 4^order.  The error is how much three such numbers in a row vary, and the rounding of
    the values.

    Ridders, "Accurate computation of F′(x) and F′(x)F″(x)", 1982.
    """
    widths = ends - starts  # of the rounded points
    with np.errstate(all="ignore"):
        values = np.array([[function(x) for x in points] for points in (starts, ends)])
        differences = (values[1] - values[0]) / widths
        ratio = FACTOR**order
        estimates = (ratio * differences[1:] - differences[:-1]) / (ratio - 1)
        # of the values, and of the points within the function
        sizes = np.abs(values).max(axis=0) + np.abs(ends * differences)
        rounding = 4 * np.finfo(np.float64).eps * sizes / np.abs(widths)
        changes = np.abs(np.diff(estimates))
        errors = np.maximum(changes[1:], changes[:-1]) + rounding[3:]
    estimates, errors = estimates[2:], np.where(np.isfinite(errors), errors, np.inf)
    # past a pole or a kink long steps agree with each other, and short ones contradict them
    apart = np.abs(estimates[:, np.newaxis] - estimates) > errors[:, np.newaxis] + errors
    best = int(np.argmin(np.where(np.triu(apart).any(axis=1), np.inf, errors)))
    return Slope(float(estimates[best]), float(errors[best]))
