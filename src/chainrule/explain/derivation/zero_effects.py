"""What would become of results if numbers that are 0 but for rounding were 0.

0.1 + 0.2 − 0.3 is written as 0 where it is used, unless that would make an equation false: times
10²⁰ it is 5551, and 0·10²⁰ is not.  Such a number is written in full, and so is all that comes of
it.  Whether an equation is false depends on how many digits are written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import NamedTuple

__all__ = ["Effect", "Effects", "written_in_full"]


class Effect(NamedTuple):
    """A number that is 0 but for rounding, a result, and the result if the number were 0.

    `without` is NaN where it is not known, and infinite where there is no result then.
    """

    zero: float
    result: float
    without: float


Effects = Sequence[Effect]


def written_in_full(
    effects: Effects, zeros: Collection[float], plain: Callable[[float], str]
) -> tuple[frozenset[float], frozenset[float]]:
    """The zeros that are written as the numbers they are, and those of them that come of others.

    `plain` writes a number as its readers see it.

    >>> effects = [Effect(5.6e-17, 5600.0, 0.0), Effect(5600.0, 3005600.0, 3000000.0)]
    >>> full, derived = written_in_full(effects, {5.6e-17, 5600.0}, str)
    >>> sorted(full), sorted(derived)
    ([5.6e-17, 5600.0], [5600.0])
    >>> written_in_full([Effect(5.6e-17, 3.0000001, 3.0)], {5.6e-17}, "{:.6f}".format)
    (frozenset(), frozenset())
    """
    links = [(z, result) for z, result, _ in effects if result in zeros and z != result]
    full = {one.zero for one in effects if one.result not in zeros and _differs(one, plain)}
    before = -1
    while len(full) != before:
        before = len(full)
        for link in links:
            if not full.isdisjoint(link):
                full.update(link)
    derived = {result for _, result in links if result in full}
    return frozenset(full), frozenset(derived)


def _differs(effect: Effect, plain: Callable[[float], str]) -> bool:
    """Whether readers see another result if the zero is written as 0."""
    if not (math.isfinite(effect.without) and math.isfinite(effect.result)):
        return True
    return Decimal(plain(effect.result)) != Decimal(plain(effect.without))
