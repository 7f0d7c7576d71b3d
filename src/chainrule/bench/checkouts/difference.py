"""What the ratio of the times of two checkouts says: slower, faster, level, or nothing yet."""

from __future__ import annotations

from typing import Literal

from chainrule.bench.pairing.paired_ratios import Ratio

__all__ = ["FASTER", "SLOWER", "Difference", "difference"]

SLOWER, FASTER = 1.03, 0.97
"""A difference counts if the whole interval is above SLOWER or below FASTER."""

Difference = Literal["slower", "faster", "level", "not decided"]


def difference(ratio: Ratio) -> Difference:
    """`level` only if the whole interval is between both, `not decided` if it is on two sides.

    >>> [difference(Ratio(1.1, low, high)) for low, high in ((1.04, 1.2), (0.99, 1.01), (1.0, 2.0))]
    ['slower', 'level', 'not decided']
    """
    slower, not_faster = ratio.verdict(SLOWER), ratio.verdict(FASTER)
    if slower == "met":
        return "slower"
    if not_faster == "not met":
        return "faster"
    return "level" if (slower, not_faster) == ("not met", "met") else "not decided"
