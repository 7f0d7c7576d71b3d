"""Paired ratios: how much slower one of two is, when both were timed in turn, and how surely."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

from scipy import stats

__all__ = ["CONFIDENCE", "FASTER", "SLOWER", "Pair", "Ratio", "paired"]

CONFIDENCE = 0.95

SLOWER, FASTER = 1.03, 0.97
"""A whole interval must lie beyond one of these for a difference to count."""

Pair = tuple[float, float]
"""Times of two slices that followed each other: of this, of the other."""


@final
@dataclass(frozen=True)
class Ratio:
    """This / the other, and the interval that holds the true ratio with CONFIDENCE."""

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> Literal["slower", "faster", "level"]:
        """`level` where no difference was shown, which a wide interval is not good enough for.

        >>> [Ratio(1.1, 1.04, 1.2).verdict, Ratio(0.9, 0.8, 0.96).verdict, Ratio(1.1, 1, 2).verdict]
        ['slower', 'faster', 'level']
        """
        return "slower" if self.low > SLOWER else "faster" if self.high < FASTER else "level"


def paired(rounds: Sequence[Sequence[Pair]]) -> Ratio:
    """The ratio over rounds, two or more, of pairs; the processes are new in each round.

    m_r = median of ln(this / other) in round r,  ratio = exp(m̄ ± t₍ₙ₋₁₎ · s / √n).
    The interval is Student's, over n rounds.  Within a round a process keeps its luck (where its
    memory lies), so pairs of one round are not independent of each other, but rounds are; and a
    median of pairs does not mind the odd slice that something disturbed.

    >>> paired([[(2.0, 1.0), (2.2, 1.0), (50.0, 1.0)], [(2.2, 1.0)]])
    Ratio(value=2.2, low=2.2, high=2.2)
    """
    logs = [statistics.median(math.log(a / b) for a, b in pairs) for pairs in rounds]
    centre, n = statistics.fmean(logs), len(logs)
    quantile = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1))
    half = quantile * statistics.stdev(logs) / math.sqrt(n)
    return Ratio(*(math.exp(x) for x in (centre, centre - half, centre + half)))
