"""How times go on, and where they have gaps."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.domains.series.data.spacing import Spacing

EPOCH = datetime.date(1970, 1, 1)


def days(*found: datetime.date) -> np.ndarray:
    return np.array([float((one - EPOCH).days) for one in found])


def month(start: datetime.date, ahead: int, day: int) -> datetime.date:
    """The day of a month so many months later, or the last one that it has."""
    years, index = divmod(start.month - 1 + ahead, 12)
    first = datetime.date(start.year + years, index + 1, 1)
    last = (first.replace(day=28) + datetime.timedelta(4)).replace(day=1)
    return min(first.replace(day=1) + datetime.timedelta(day - 1), last - datetime.timedelta(1))


@given(st.dates(datetime.date(1950, 1, 1), datetime.date(2050, 1, 1)), st.sampled_from([1, 3, 12]))
def test_months_go_on_at_their_day(start: datetime.date, step: int) -> None:
    start = start.replace(day=1)
    every = [month(start, step * i, 1) for i in range(14)]
    spacing = Spacing.of(days(*every[:8]), dates=True)
    assert spacing.after(days(every[7])[0], 6).tolist() == days(*every[8:]).tolist()
    assert not len(spacing.gaps(days(*every)))
    assert spacing.gaps(days(*every[:3], *every[5:])).tolist() == [3]


def test_ends_of_months() -> None:
    start = datetime.date(2023, 1, 31)
    every = [month(start, i, 31) for i in range(20)]
    spacing = Spacing.of(days(*every[:13]), dates=True)
    for known in range(8, 14):  # February and the months of 30 days among the last ones
        assert (
            spacing.after(days(every[known])[0], 6).tolist()
            == days(*every[known + 1 :][:6]).tolist()
        )


def test_weekdays_go_on_after_the_weekend() -> None:
    every = [EPOCH + datetime.timedelta(i) for i in range(60)]
    every = [one for one in every if one.weekday() < 5]
    spacing = Spacing.of(days(*every[:20]), dates=True)
    assert spacing.after(days(every[19])[0], 12).tolist() == days(*every[20:32]).tolist()
    assert not len(spacing.gaps(days(*every)))
    assert spacing.gaps(days(*every[:10], *every[17:])).tolist() == [10]


@pytest.mark.parametrize("step", [0.25, 1.0, 7.0, 1 / 24])
def test_even_times(step: float) -> None:
    times = 3.0 + step * np.arange(30)
    spacing = Spacing.of(times, dates=True)
    np.testing.assert_allclose(spacing.after(times[-1], 3), times[-1] + step * np.array([1, 2, 3]))
    assert spacing.gaps(np.delete(times, [10, 11, 20])).tolist() == [10, 18]
