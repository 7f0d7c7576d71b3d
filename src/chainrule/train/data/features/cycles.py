"""Cycles of dates: the time of the day, the day of the week, the season of the year."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

__all__ = ["PERIODS", "cyclic", "observed_cycles"]

PERIODS = {"day": 1.0, "week": 7.0, "year": 365.2425}
"""The length of each cycle in days."""

ENOUGH = 0.9
"""The share of a cycle that dates must span for it to be of use."""


def observed_cycles(days: Array) -> tuple[str, ...]:
    """The cycles that these days `(n,)` go through, and are not always at the same point of.

    >>> observed_cycles(np.arange(0.0, 30.0)), observed_cycles(np.array([0.25, 0.5]))
    (('week',), ())
    """
    if not len(days):
        return ()
    span = float(days.max() - days.min())
    return tuple(
        name
        for name, period in PERIODS.items()
        if span >= ENOUGH * period and np.ptp(np.mod(days, period)) > 0.1 * period
    )


def cyclic(days: Array, cycle: str) -> Array:
    """Sine and cosine of the phase, float64 `(n, 2)`: sin 2πt/P and cos 2πt/P.

    >>> cyclic(np.array([0.25]), "day").round(12).tolist()
    [[1.0, 0.0]]
    """
    phase = 2 * np.pi * np.mod(days, PERIODS[cycle]) / PERIODS[cycle]
    return np.stack([np.sin(phase), np.cos(phase)], axis=1)
