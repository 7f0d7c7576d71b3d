"""The slope of one variable from values alone, with a bound of its error.

No step suits every function: along a long one it bends, or ends; a short one drowns in rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["Slope", "central_slope", "one_sided_slope"]

FACTOR = 4.0
"""Each step is so many times shorter than the one before."""

STEPS = 26
"""The number of steps: the shortest is 1e-15 of the longest."""


class Slope(NamedTuple):
    """An estimate, and how far it may be off: ∞ where no step stays in the domain."""

    value: float
    error: float


def central_slope(function: Callable[[float], float], x: float) -> Slope:
    """f′(x) ≈ (f(x + h) − f(x − h)) / 2h, extrapolated to h → 0."""
    return _extrapolated(lambda h: (function(x + h), function(x - h)), _longest(x), order=2)


def one_sided_slope(function: Callable[[float], float], x: float, side: int) -> Slope:
    """f′(x) ≈ (f(x + h) − f(x)) / h from above (`side` 1), or from below (−1)."""
    here = function(x)
    slope = _extrapolated(lambda h: (function(x + side * h), here), 2 * _longest(x), order=1)
    return Slope(side * slope.value, slope.error)


def _longest(x: float) -> float:
    return 0.5 * max(1.0, abs(x))


def _extrapolated(
    ends: Callable[[float], tuple[float, float]], longest: float, order: int
) -> Slope:
    """The estimate of least error over all steps.

    Differences D(h) whose error is of this order in h are combined as (r·D(h/4) − D(h)) / (r − 1)
    with r = 4^order.  The error is how much three such numbers in a row vary, and the rounding of
    the values.

    Ridders, "Accurate computation of F′(x) and F′(x)F″(x)", 1982.
    """
    steps = longest / FACTOR ** np.arange(STEPS)
    width = steps * order
    with np.errstate(all="ignore"):
        values = np.array([ends(step) for step in steps], np.float64)
        differences = (values[:, 0] - values[:, 1]) / width
        ratio = FACTOR**order
        estimates = (ratio * differences[1:] - differences[:-1]) / (ratio - 1)
        rounding = 4 * np.finfo(np.float64).eps * np.abs(values).max(axis=1) / width
        changes = np.abs(np.diff(estimates))
        errors = np.maximum(changes[1:], changes[:-1]) + rounding[3:]
    estimates, errors = estimates[2:], np.where(np.isfinite(errors), errors, np.inf)
    # a long step past a pole gives small numbers with small errors, but none relative to them
    sizes = np.abs(estimates)
    settled = errors < 1e-2 * sizes
    if settled.any():
        errors_of_size = np.divide(errors, sizes, out=np.full(len(errors), np.inf), where=settled)
        best = int(np.argmin(errors_of_size))
    else:
        best = int(np.argmin(errors))
    return Slope(float(estimates[best]), float(errors[best]))
