"""The ratio of two times that were measured in turn, with its confidence interval and verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, final

import numpy as np

from chainrule.graph import Array

__all__ = ["CONFIDENCE", "Pair", "Ratio", "Verdict", "lowest_ratio", "paired_ratio"]

CONFIDENCE = 0.95

RESAMPLES = 2000
"""Samples of the bootstrap, whose seed is fixed: the same times give the same interval."""

Pair = tuple[float, float]
"""The times of two slices of one turn."""

Verdict = Literal["met", "not met", "not decided"]


@final
@dataclass(frozen=True)
class Ratio:
    """The ratio of two times, and the interval that contains it with probability CONFIDENCE."""

    value: float
    low: float
    high: float

    def verdict(self, goal: float, margin: float = 1.0) -> Verdict:
        """Whether the ratio is at least `goal`, if all of the interval says the same.

        `margin` is a factor by which the interval is widened at both ends first.

        >>> ratio = Ratio(1.2, 1.1, 1.3)
        >>> ratio.verdict(1.1), ratio.verdict(1.2), ratio.verdict(1.4), ratio.verdict(1.1, 1.05)
        ('met', 'not decided', 'not met', 'not decided')
        """
        if self.low / margin >= goal:
            return "met"
        return "not met" if self.high * margin < goal else "not decided"


def paired_ratio(rounds: Sequence[Sequence[Pair]]) -> Ratio:
    """The ratio over rounds of pairs, where each round has new processes.

    ratio = median of first / second over all pairs.
    The interval is that of a bootstrap in two steps: rounds are drawn with replacement, and then
    pairs within each of them.  Pairs of one round are not independent, because the memory layout of
    a process makes it faster or slower for its whole life; rounds are.  `scipy.stats.bootstrap`
    draws in one step only.  With a single round the interval lacks what another process would do.

    >>> paired_ratio([[(2.0, 1.0), (2.0, 1.0), (50.0, 1.0)], [(2.0, 1.0)]]).value
    2.0

    Source: A. C. Davison, D. V. Hinkley, Bootstrap Methods and their Application, 1997, § 3.8.
    """
    ratios = [np.array([first / second for first, second in pairs]) for pairs in rounds if pairs]
    rng = np.random.default_rng(0)
    sizes = np.array([len(one) for one in ratios])
    length = int(sizes.max())
    padded = np.stack([np.resize(one, length) for one in ratios])
    chosen = rng.integers(len(ratios), size=(RESAMPLES, len(ratios), 1))
    # pairs are drawn as fractions of a round, since rounds may differ by a pair
    fractions = rng.random((RESAMPLES, len(ratios), length))
    drawn = padded[chosen, (fractions * sizes[chosen]).astype(np.int64)]
    medians: Array = np.median(drawn.reshape(RESAMPLES, -1), axis=1)
    outside = (1 - CONFIDENCE) / 2
    low, high = np.quantile(medians, [outside, 1 - outside])
    value = float(np.median(np.concatenate(ratios)))
    return Ratio(value, min(float(low), value), max(float(high), value))


def lowest_ratio(ratios: Iterable[Ratio]) -> Ratio:
    """The ratio to the best of several others, whichever it is: the least of each figure.

    >>> lowest_ratio([Ratio(1.2, 1.0, 1.4), Ratio(1.3, 0.9, 1.5)])
    Ratio(value=1.2, low=0.9, high=1.4)
    """
    values, lows, highs = zip(*((r.value, r.low, r.high) for r in ratios), strict=True)
    return Ratio(min(values), min(lows), min(highs))
