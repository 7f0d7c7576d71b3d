"""Axes: map the numbers of a plot to positions between 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Callable

from chainrule.gallery.blocks import Plot

__all__ = ["Axes"]


class Axes:
    """The ranges that the curves of a plot span, and the position of a point in them.

    >>> from chainrule.gallery.blocks import Series
    >>> axes = Axes(Plot("", "x", "y", (Series("f", (0.0, 4.0), (1.0, 3.0)),)))
    >>> axes.position(1.0, 2.0)
    (0.25, 0.5)
    """

    def __init__(self, plot: Plot) -> None:
        self._scale: Callable[[float], float] = math.log if plot.logarithmic else float
        self.x = _range([x for one in plot.series for x in one.x])
        self.y = _range([y for one in plot.series for y in one.y])

    def position(self, x: float, y: float) -> tuple[float, float]:
        """The point's position as shares of width and height, from the lower left corner."""
        return self._share(x, self.x), self._share(y, self.y)

    def _share(self, value: float, range_: tuple[float, float]) -> float:
        low, high = map(self._scale, range_)
        return 0.5 if low == high else (self._scale(value) - low) / (high - low)


def _range(values: list[float]) -> tuple[float, float]:
    return min(values), max(values)
