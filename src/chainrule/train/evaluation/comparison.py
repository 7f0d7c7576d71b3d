"""Whether one model predicts better than another, judged by the same rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.graph import Array

__all__ = ["FEWEST_ROWS", "Improvement", "improvement"]

FEWEST_ROWS = 10
"""Fewer rows than these show nothing: the standard error itself would be a guess."""

CLEAR = 2.0
"""From so many standard errors on, a difference is taken for more than chance, about 95 % of which
lies within them."""


@final
@dataclass(frozen=True)
class Improvement:
    """By how much a score of a network is better than that of a simple model, on the same rows.

    It is positive where the network is better, in the units of the score.
    """

    value: float
    standard_error: float
    rows: int

    @property
    def clear(self) -> bool:
        """Whether the network is better by more than two standard errors, over ten rows or more."""
        return self.rows >= FEWEST_ROWS and self.value > CLEAR * self.standard_error

    @property
    def clearly_negative(self) -> bool:
        """The same for a network that is worse."""
        return self.rows >= FEWEST_ROWS and self.value < -CLEAR * self.standard_error

    def to_dict(self) -> dict[str, Any]:
        """The improvement as entries for JSON."""
        return {"value": self.value, "standard_error": self.standard_error, "clear": self.clear}


def improvement(by_row: Array) -> Improvement | None:
    """The mean of the improvements of each row `(n,)`, and its standard error s/√n.

    Rows are paired: what is hard for both models does not count.  None for fewer than two rows, and
    for improvements that are not finite.

    >>> found = improvement(np.array([1.0, 0.0, 0.0, 1.0]))
    >>> found.value, round(found.standard_error, 4), found.clear
    (0.5, 0.2887, False)
    """
    rows = len(by_row)
    if rows < 2 or not np.isfinite(by_row).all():
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        mean, error = float(np.mean(by_row)), float(np.std(by_row, ddof=1) / math.sqrt(rows))
    return Improvement(mean, error, rows) if math.isfinite(mean + error) else None
