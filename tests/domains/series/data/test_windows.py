"""Windows: cut as loops cut them, and never across what is held out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.domains.series.data.coder import FARTHEST, SeriesCoder
from chainrule.domains.series.data.series_data import Series, SeriesData
from chainrule.domains.series.data.spacing import Spacing
from chainrule.domains.series.data.windows import PARTS, Windows, divide
from chainrule.errors import DataError


def some_series(lengths: list[int], known: int = 1) -> SeriesData:
    rng = np.random.default_rng(0)
    series = tuple(
        Series(
            f"s{i}",
            rng.normal(3, 2, n),
            rng.normal(1, 5, (n, 2)),
            rng.normal(size=(n, known)),
            None,
            Spacing(1.0),
        )
        for i, n in enumerate(lengths)
    )
    names = tuple(f"k{i}" for i in range(known))
    return SeriesData("data", series, "y", ("a", "b"), names, None)


@given(
    st.lists(st.integers(30, 60), min_size=1, max_size=3),
    st.integers(2, 6),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.1, 0.2]),
)
def test_windows_are_those_of_loops(
    lengths: list[int], window: int, horizon: int, share: float
) -> None:
    data = some_series(lengths)
    cuts = divide(data, window, horizon, share, 0.2)
    windows = Windows(data.series, cuts, window, horizon)
    for i, (length, (validation, test)) in enumerate(zip(lengths, cuts, strict=True)):
        borders = dict(
            zip(PARTS, ((0, validation), (validation, test), (test, length)), strict=True)
        )
        for part, (start, stop) in borders.items():
            expected = [
                end
                for end in range(length)
                if end - window + 1 >= 0 and start <= end + 1 and end + horizon < stop
            ]
            assert windows.ends(part)[i].tolist() == expected
    for ends, (validation, _) in zip(windows.ends("training"), cuts, strict=True):
        assert ends.max() + horizon < validation


@pytest.mark.parametrize("known", [0, 1])
def test_encoded_as_by_loops(known: int) -> None:
    data = some_series([40, 50], known)
    coder = dataclasses.replace(SeriesCoder.fit(data, [25, 30], 3, 1), levelled=True)
    wandering = dataclasses.replace(coder, levelled=False)
    for number, one in enumerate(data.series):
        stop = (25, 30)[number]
        seen = one.target[:stop]
        changes = [seen[t + h] - seen[t] for h in (1, 2, 3) for t in range(stop - h)]
        change = np.sqrt(np.mean(np.square(changes)))
        x = coder.encode(one, np.array([7, 20]), 4, 3, "data", np.float64)
        past = x["past"] if known else x
        others = np.concatenate([s.inputs[:n] for s, n in zip(data.series, (25, 30), strict=True)])
        for row, end in enumerate((7, 20)):
            level = (one.target[end] - seen.mean()) / seen.std()
            for t in range(4):
                at = end - 3 + t
                expected = [
                    (one.target[at] - one.target[end]) / change,
                    min(max(level, -FARTHEST), FARTHEST),
                    *((one.inputs[at] - others.mean(0)) / others.std(0)),
                ]
                np.testing.assert_allclose(past[row, t, :4], expected)
        less = wandering.encode(one, np.array([7, 20]), 4, 3, "data", np.float64)
        less = less["past"] if known else less
        np.testing.assert_array_equal(less, np.delete(past, 1, axis=-1))
        y = coder.answers(one, np.array([7, 20]), 3)
        np.testing.assert_allclose(y[1], (one.target[21:24] - one.target[20]) / change)
        np.testing.assert_allclose(coder.decode(one, np.array([20]), y[1:])[0], one.target[21:24])
        if known:
            every = np.concatenate(
                [s.known[:n] for s, n in zip(data.series, (25, 30), strict=True)]
            )
            expected = (one.known[8:11] - every.mean()) / every.std()
            np.testing.assert_allclose(x["ahead"][0], expected)
    assert SeriesCoder.from_dict(coder.to_dict(), "here") == coder


def test_what_is_held_out_changes_no_scale() -> None:
    data = some_series([40])
    changed = some_series([40])
    changed.series[0].target[25:] = 1e6
    changed.series[0].inputs[25:] = 1e6
    assert SeriesCoder.fit(data, [25], 3, 1) == SeriesCoder.fit(changed, [25], 3, 1)


@pytest.mark.parametrize(
    ("length", "window", "horizon", "said"),
    [
        (20, 18, 3, "expected 21 rows or more, for a window of 18 and a horizon of 3, got 20"),
        (40, 5, 9, "expected 9 rows or more in the test part, the horizon, got 8 of 40"),
        (40, 27, 3, "expected 30 rows or more to train with"),
    ],
)
def test_too_short(length: int, window: int, horizon: int, said: str) -> None:
    with pytest.raises(DataError, match=said):
        divide(some_series([length]), window, horizon, 0.1, 0.2)
