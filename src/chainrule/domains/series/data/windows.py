"""Cutting series into windows, in three parts of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.domains.series.data.coder import SeriesCoder
from chainrule.domains.series.data.series_data import Series, SeriesData
from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.data.dataset import Part

__all__ = ["PARTS", "Cuts", "Windows", "divide"]

PARTS = ("training", "validation", "test")

Cuts = tuple[tuple[int, int], ...]
"""For each series, the rows at which its validation and its test part begin."""


def divide(data: SeriesData, window: int, horizon: int, validation: float, test: float) -> Cuts:
    """Divide every series in time, its latest rows for the test.

    Raises DataError where a series is shorter than a window and what follows, and where the
    horizon is longer than a part.
    """
    cuts = list[tuple[int, int]]()
    for one in data.series:
        count = len(one)
        held = round(count * test)
        checked = max(round(count * validation), horizon) if validation else 0
        name = f"{data.where}, series {one.name!r}" if one.name else data.where
        if count < window + horizon:
            raise DataError(
                name,
                expected=f"{window + horizon} rows or more, for a window of {window} and a "
                f"horizon of {horizon}",
                got=f"{count}",
                remedy="choose a smaller --window or --horizon",
            )
        if 0 < held < horizon:
            raise DataError(
                name,
                expected=f"{horizon} rows or more in the test part, the horizon",
                got=f"{held} of {count}",
                remedy="choose a smaller --horizon or a larger --test-fraction",
            )
        if count - held - checked < window + horizon:
            raise DataError(
                name,
                expected=f"{window + horizon} rows or more to train with, for a window of {window} "
                f"and a horizon of {horizon}",
                got=f"{count - held - checked}, after {checked + held} held out",
                remedy="choose a smaller --window, --test-fraction or --validation-fraction",
            )
        cuts.append((count - held - checked, count - held))
    return tuple(cuts)


@final
@dataclass(frozen=True, eq=False)
class Windows:
    """All windows of some series: where each ends, for each part.

    A window belongs to the part in which all of its answers lie: none of them crosses a border,
    and nothing that is held out is ever part of a window to learn from.  A held-out window looks
    back at values before the border, which are known by then.

    >>> from chainrule.domains.series.data.spacing import Spacing
    >>> one = Series("", np.arange(10.0), np.zeros((10, 0)), np.zeros((10, 0)), None, Spacing(1.0))
    >>> windows = Windows((one,), ((6, 6),), 2, 2)
    >>> windows.ends("training"), windows.ends("test")
    ([array([1, 2, 3])], [array([5, 6, 7])])
    """

    series: Sequence[Series]
    cuts: Cuts
    window: int
    horizon: int

    def ends(self, part: str) -> list[Array]:
        """For each series, the last rows of the windows of a part."""
        found = list[Array]()
        for one, (validation, test) in zip(self.series, self.cuts, strict=True):
            start, stop = {
                "training": (self.window, validation),
                "validation": (validation, test),
                "test": (test, len(one)),
            }[part]
            found.append(np.arange(max(start, self.window) - 1, max(stop - self.horizon, 0)))
        return found

    def part(self, coder: SeriesCoder, part: str, where: str, dtype: Any) -> Part:
        """The encoded windows of a part."""
        pairs = list(zip(self.series, self.ends(part), strict=True))
        xs = [coder.encode(s, e, self.window, self.horizon, where, dtype) for s, e in pairs]
        ys = [coder.answers(one, ends, self.horizon) for one, ends in pairs]
        y = np.concatenate(ys).astype(dtype)
        if not coder.known:
            return Part(np.concatenate(xs), y)
        return Part({name: np.concatenate([x[name] for x in xs]) for name in ("past", "ahead")}, y)

    def truth(self, part: str) -> Array:
        """The values ahead of every window of a part, (n, horizon)."""
        steps = np.arange(1, self.horizon + 1)
        pairs = zip(self.series, self.ends(part), strict=True)
        return np.concatenate([one.target[ends[:, None] + steps] for one, ends in pairs])

    def last(self, part: str) -> Array:
        """The last value of every window of a part, (n, 1)."""
        pairs = zip(self.series, self.ends(part), strict=True)
        return np.concatenate([one.target[ends] for one, ends in pairs])[:, None]

    def decode(self, coder: SeriesCoder, part: str, outputs: Array) -> Array:
        """Outputs of a network for a part as values, (n, horizon)."""
        found, at = list[Array](), 0
        for one, ends in zip(self.series, self.ends(part), strict=True):
            found.append(coder.decode(one, ends, outputs[at : at + len(ends)]))
            at += len(ends)
        return np.concatenate(found)

    def units(self, coder: SeriesCoder, part: str) -> Array:
        """What the errors of every window are measured in, (n, 1): 1 of a single series.

        Of several, the standard deviation of each: else the largest alone would count.
        """
        spread = coder.spread if len(coder.names) > 1 else (1.0,) * len(coder.names)
        pairs = zip(self.series, self.ends(part), strict=True)
        each = [np.full(len(ends), spread[coder.names.index(one.name)]) for one, ends in pairs]
        return np.concatenate(each)[:, None]

    def shown(self) -> str:
        """The part to judge by: held out, if there is one."""
        return next(
            name for name in ("test", "validation", "training") if any(map(len, self.ends(name)))
        )
