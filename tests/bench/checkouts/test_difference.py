"""What the interval of a ratio says about two checkouts."""

from __future__ import annotations

import pytest

from chainrule.bench.checkouts.difference import difference
from chainrule.bench.pairing.paired_ratios import Ratio


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1.0301, 1.2, "slower"),
        (1.0299, 1.2, "not decided"),
        (0.9, 0.9699, "faster"),
        (0.9, 0.97, "not decided"),
        (0.971, 1.029, "level"),
        (0.969, 1.029, "not decided"),
        (0.971, 1.031, "not decided"),
        (0.5, 2.0, "not decided"),
    ],
)
def test_the_whole_interval_decides(low, high, words):
    assert difference(Ratio(1.0, low, high)) == words
