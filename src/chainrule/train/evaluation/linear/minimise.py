"""Minimising a smooth convex function of a matrix by L-BFGS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chainrule.graph import Array

__all__ = ["minimise"]

MEMORY = 10
"""The steps that the curvature is estimated from."""


def minimise(
    function: Callable[[Array], tuple[float, Array]],
    start: Array,
    *,
    first_step: float,
    tolerance: float,
    most_steps: int,
) -> tuple[Array, bool]:
    """The minimum of a function that returns value and gradient, and whether it was reached.

    It is reached where no entry of the gradient is larger than `tolerance`; `first_step` is the
    learning rate of the first step.  Line searches halve steps until the value falls enough.

    >>> target = np.array([1.0, -2.0])
    >>> found, reached = minimise(
    ...     lambda w: (float(((w - target) ** 2).sum()), 2 * (w - target)),
    ...     np.zeros(2),
    ...     first_step=0.1,
    ...     tolerance=1e-9,
    ...     most_steps=50,
    ... )
    >>> found.round(6), reached
    (array([ 1., -2.]), True)

    Nocedal, Wright: Numerical Optimization, 2006, algorithms 7.4 and 7.5.
    """
    at = start
    value, gradient = function(at)
    steps: list[tuple[Array, Array, float]] = []  # s, y and 1 / sᵀy
    for _ in range(most_steps):
        if np.abs(gradient).max() <= tolerance:
            return at, True
        direction = -_inverse_hessian_times(gradient, steps, first_step)
        slope, size = float((direction * gradient).sum()), 1.0
        while True:
            reached = at + size * direction
            found, changed = function(reached)
            if found <= value + 1e-4 * size * slope:
                break
            size /= 2
            if size < 1e-10:  # rounding hides any further descent
                return at, False
        s, y = reached - at, changed - gradient
        curvature = float((s * y).sum())
        if curvature > 1e-12 * float((y * y).sum()) * first_step:
            steps = [*steps[1 - MEMORY :], (s, y, 1 / curvature)]
        at, value, gradient = reached, found, changed
    return at, bool(np.abs(gradient).max() <= tolerance)


def _inverse_hessian_times(
    gradient: Array, steps: list[tuple[Array, Array, float]], first_step: float
) -> Array:
    """The estimated inverse Hessian times the gradient: the two loops of L-BFGS."""
    found, factors = gradient.copy(), list[float]()
    for s, y, inverse in reversed(steps):
        factors.append(inverse * float((s * found).sum()))
        found -= factors[-1] * y
    if steps:
        _, y, inverse = steps[-1]
        found /= inverse * float((y * y).sum())
    else:
        found *= first_step
    for (s, y, inverse), factor in zip(steps, reversed(factors), strict=True):
        found += s * (factor - inverse * float((y * found).sum()))
    return found
