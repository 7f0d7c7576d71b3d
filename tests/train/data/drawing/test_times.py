"""Borders in time: as near as possible to what is wanted, and never within one time."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

from chainrule.train.data.drawing.times import time_borders


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.data())
def test_one_border(values: list[int], data: st.DataObject) -> None:
    """By brute force over all borders."""
    times = np.array(values, float)
    wanted = data.draw(st.integers(0, len(values)))
    found = time_borders(times, [wanted])
    borders = sorted(set(values))[1:]
    if not borders:
        assert found is None
        return
    away = {border: abs(sum(v < border for v in values) - wanted) for border in borders}
    assert found == [min(borders, key=lambda border: (away[border], border))]


@given(st.lists(st.integers(0, 12), min_size=1, max_size=40), st.integers(2, 5))
def test_several_borders_ascend(values: list[int], folds: int) -> None:
    times = np.array(values, float)
    size = len(values) // (folds + 1)
    first = len(values) - folds * size
    found = time_borders(times, [first + i * size for i in range(folds)])
    borders = sorted(set(values))[1:]
    if not list(combinations(borders, folds)):
        assert found is None
        return
    assert found is not None
    assert found == sorted(set(found))
    assert set(found) <= set(borders)


def test_times_before_the_first_border():
    times = np.repeat([1.0, 2.0, 3.0], [8, 1, 1])
    assert time_borders(times, [8]) == [2.0]
    assert time_borders(times, [8], first=2) == [3.0]
    assert time_borders(times, [8], first=3) is None


@given(st.integers(3, 60), st.data())
def test_windows_of_scikit_learn(rows: int, data: st.DataObject) -> None:
    """Where all times differ, nothing has to be moved."""
    folds = data.draw(st.integers(2, min(rows - 1, 8)))
    size = rows // (folds + 1)
    first = rows - folds * size
    found = time_borders(np.arange(rows, dtype=float), [first + i * size for i in range(folds)])
    windows = TimeSeriesSplit(folds).split(np.zeros(rows))
    assert found == [float(test[0]) for _, test in windows]
