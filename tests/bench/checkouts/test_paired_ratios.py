"""The ratio of paired times: its interval and its verdict."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from chainrule.bench.checkouts.paired_ratios import Ratio, paired_ratio


def simulated_rounds(rng: np.random.Generator, ratio: float) -> list[list[tuple[float, float]]]:
    """Eight rounds of 25 pairs, with drift, disturbances, and an effect of each process."""
    process_effect = rng.normal(0, 0.02, (8, 1))
    speed = np.exp(np.linspace(0, 0.3, 200).reshape(8, 25) + rng.normal(0, 0.1, (8, 25)))
    noise = 0.03 * rng.standard_t(3, (2, 8, 25))
    disturbed = 1 + 2 * (rng.random((2, 8, 25)) < 0.05)
    ours, theirs = (speed * np.exp(n) * d for n, d in zip(noise, disturbed, strict=True))
    both = np.stack([ratio * np.exp(process_effect) * ours, theirs], axis=-1)
    return [[(a, b) for a, b in one] for one in both.tolist()]


def test_the_interval_is_students():
    found = paired_ratio(pairs := simulated_rounds(np.random.default_rng(0), 1.1))
    medians = [float(np.median([np.log(a / b) for a, b in one])) for one in pairs]
    interval = stats.ttest_1samp(medians, 0).confidence_interval(0.95)
    assert math.log(found.low) == pytest.approx(interval.low)
    assert math.log(found.high) == pytest.approx(interval.high)
    assert math.log(found.value) == pytest.approx(np.mean(medians))


def test_coverage_of_the_interval():
    rng, times = np.random.default_rng(1), 600
    found = [paired_ratio(simulated_rounds(rng, 1.1)) for _ in range(times)]
    held = sum(one.low <= 1.1 <= one.high for one in found)
    # a binomial of 600 draws is further off only twice in a thousand cases
    assert stats.binomtest(held, times, 0.95).pvalue > 0.002, held / times


def test_verdicts_for_known_ratios():
    rng = np.random.default_rng(2)
    for ratio, verdict in ((1.0, "level"), (1.2, "slower"), (0.8, "faster")):
        found = [paired_ratio(simulated_rounds(rng, ratio)).verdict for _ in range(50)]
        assert found.count(verdict) >= 49, ratio


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.0301, 1.2, "slower"),
        (1.03, 1.2, "level"),
        (0.9, 0.9699, "faster"),
        (0.9, 0.97, "level"),
        (0.5, 2.0, "level"),
    ],
)
def test_the_whole_interval_decides(low, high, verdict):
    assert Ratio(1.0, low, high).verdict == verdict
