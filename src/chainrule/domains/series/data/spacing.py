"""The spacing of times: what is usual, where there is a gap, and how it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

import numpy as np

from chainrule.graph import Array

__all__ = ["Spacing"]

Calendar = Literal["even", "months", "weekdays"]

LONGEST_WEEKEND = 5
"""Days without trading, weekends with holidays, that are no gap."""


@final
@dataclass(frozen=True)
class Spacing:
    """How far apart times are: `step` of their unit, or by the calendar, a month or a weekday.

    >>> Spacing.of(np.array([0.0, 7.0, 14.0, 28.0]), dates=True).gaps(np.array([0.0, 7.0, 21.0]))
    array([2])
    """

    step: float
    calendar: Calendar = "even"

    @classmethod
    def of(cls, times: Array, *, dates: bool) -> Spacing:
        """The usual spacing of ascending times `(n,)`, of dates as days since 1970-01-01."""
        if len(times) < 2:
            return cls(1.0)
        steps = np.diff(times)
        usual = float(np.median(steps))
        if dates and 28 <= usual <= 366 and usual % 1 == 0 and usual not in (28.0, 35.0):
            months = np.diff(_months(times))
            often = float(np.median(months))
            day = _day(times)
            if often >= 1 and (np.ptp(day) == 0 or day.min() >= 28):
                return cls(often, "months")
        if dates and usual == 1.0 and len(times) > 5 and (_weekday(times) < 5).all():
            return cls(1.0, "weekdays")
        return cls(usual)

    def gaps(self, times: Array) -> Array:
        """The rows before which a step is longer than usual, among ascending times."""
        if self.calendar == "months":
            return np.flatnonzero(np.diff(_months(times)) > self.step) + 1
        most = LONGEST_WEEKEND if self.calendar == "weekdays" else 1.5 * self.step
        return np.flatnonzero(np.diff(times) > most) + 1

    def after(self, last: float, steps: int) -> Array:
        """The times of so many steps after the last one."""
        counts = np.arange(1, steps + 1)
        if self.calendar == "months":
            start = np.datetime64(int(last), "D")
            month = start.astype("datetime64[M]") + counts * int(self.step)
            day = int((start - start.astype("datetime64[M]")).astype(int))
            ends = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int)
            at_end = start + 1 == (start.astype("datetime64[M]") + 1).astype("datetime64[D]")
            days = ends - 1 if at_end and day < 30 else np.minimum(day, ends - 1)
            return (month.astype("datetime64[D]") + days).astype(np.int64).astype(np.float64)
        if self.calendar == "weekdays":
            start = np.datetime64(int(last), "D")
            ahead = np.busday_offset(start, counts, roll="backward")
            return ahead.astype(np.int64).astype(np.float64)
        return last + self.step * counts


def _months(times: Array) -> Array:
    return times.astype(np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _day(times: Array) -> Array:
    days = times.astype(np.int64).astype("datetime64[D]")
    return (days - days.astype("datetime64[M]")).astype(np.int64) + 1


def _weekday(times: Array) -> Array:
    return (np.floor(times).astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
