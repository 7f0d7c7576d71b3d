"""The ratio of two times that were measured in pairs, with its confidence interval and verdict."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

from scipy import stats

__all__ = ["CONFIDENCE", "FASTER", "SLOWER", "Pair", "Ratio", "paired_ratio"]

CONFIDENCE = 0.95

SLOWER, FASTER = 1.03, 0.97
"""A difference counts if the whole interval is above SLOWER or below FASTER."""

Pair = tuple[float, float]
"""The times of two consecutive slices: of this checkout, of the other."""


@final
@dataclass(frozen=True)
class Ratio:
    """This / other, and the interval that contains the true ratio with probability CONFIDENCE."""

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> Literal["slower", "faster", "level"]:
        """`level` if no difference was shown, for instance because the interval is too wide.

        >>> [Ratio(1.1, 1.04, 1.2).verdict, Ratio(0.9, 0.8, 0.96).verdict, Ratio(1.1, 1, 2).verdict]
        ['slower', 'faster', 'level']
        """
        return "slower" if self.low > SLOWER else "faster" if self.high < FASTER else "level"


def paired_ratio(rounds: Sequence[Sequence[Pair]]) -> Ratio:
    """The ratio over two or more rounds of pairs, where each round has new processes.

    m_r = median of ln(this / other) in round r,  ratio = exp(m̄ ± t₍ₙ₋₁₎ · s / √n).
    The interval is Student's t interval over n rounds.  Pairs of one round are not independent,
    because the memory layout of a process makes it faster or slower for its whole life; rounds are.
    The median over the pairs of a round ignores a few slices that were disturbed.

    >>> paired_ratio([[(2.0, 1.0), (2.2, 1.0), (50.0, 1.0)], [(2.2, 1.0)]])
    Ratio(value=2.2, low=2.2, high=2.2)
    """
    logs = [statistics.median(math.log(a / b) for a, b in pairs) for pairs in rounds]
    centre, n = statistics.fmean(logs), len(logs)
    quantile = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1))
    half = quantile * statistics.stdev(logs) / math.sqrt(n)
    return Ratio(*(math.exp(x) for x in (centre, centre - half, centre + half)))
