"""Parts of rows: disjoint, by whole groups, in the order of time, and in turn as folds."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GroupShuffleSplit, StratifiedKFold, TimeSeriesSplit

from chainrule.errors import DataError
from chainrule.train.data.division.division import Division
from chainrule.train.data.splits import Split, split_rows

fractions = st.sampled_from([0.0, 0.1, 0.25, 0.5])


def parts(split: Split) -> list[list[int]]:
    return [part.tolist() for part in (split.train, split.validation, split.test)]


@given(st.integers(20, 80), fractions, fractions, st.integers(0, 99))
def test_by_chance_as_ever(rows: int, test: float, validation: float, seed: int) -> None:
    labels = np.arange(rows) % 3
    division = Division(test, validation, seed)
    for given_labels in (None, labels):
        expected = split_rows(
            rows,
            labels=given_labels,
            test_fraction=test,
            validation_fraction=validation,
            seed=seed,
        )
        assert parts(division.split(rows, given_labels)) == parts(expected)


@given(st.lists(st.integers(0, 12), min_size=20, max_size=80), fractions, fractions, st.integers(0))
def test_groups(groups: list[int], test: float, validation: float, seed: int) -> None:
    codes = np.array(groups)
    division = Division(test, validation, seed, groups=codes, by="who")
    if len(set(groups)) < 4:  # half of them and half of the others would leave none
        return
    found = division.split(len(groups))
    sides = [set(codes[part].tolist()) for part in parts(found)]
    assert sum(map(len, sides)) == len(set(groups))
    assert set().union(*sides) == set(groups)
    assert sorted(chain(*parts(found))) == list(range(len(groups)))
    if test:  # as many groups as scikit-learn holds out
        splitter = GroupShuffleSplit(1, test_size=test, random_state=0)
        _, out = next(splitter.split(codes, groups=codes))
        assert len(sides[2]) == len(set(codes[out].tolist()))


@given(st.lists(st.integers(0, 40), min_size=10, max_size=60), fractions, fractions)
def test_times(values: list[int], test: float, validation: float) -> None:
    times = np.array(values, float)
    division = Division(test, validation, times=times, by="when")
    if len(set(values)) < 3:
        return
    found = division.split(len(values))
    assert sorted(chain(*parts(found))) == list(range(len(values)))
    last = -1.0
    for rows, fraction in zip(parts(found), (1, validation, test), strict=True):
        assert bool(rows) == (fraction > 0)
        if rows:
            assert times[rows].min() > last
            last = times[rows].max()


@given(st.integers(2, 6), st.integers(0, 2**40), st.booleans())
@settings(max_examples=30)
def test_folds_by_chance(folds: int, seed: int, validated: bool) -> None:
    rows = 53
    labels = np.array([0] * 30 + [1] * 22 + [2])  # the last class has a single row
    division = Division(0.2, 0.1 * validated, seed, folds=folds)
    tested: list[int] = []
    for fold in range(folds):
        found = division.split(rows, labels, ("a", "b", "c"), fold)
        assert sorted(chain(*parts(found))) == list(range(rows))
        assert bool(len(found.validation)) == validated
        assert set(labels[found.train]) == {0, 1, 2}
        tested += found.test.tolist()
    assert sorted(tested) == list(range(52))
    assert found.rare(("a", "b", "c")) == {"c": 1}
    assert not len(division.split(rows, labels, ("a", "b", "c")).test)


def test_folds_of_scikit_learn():
    labels = np.random.default_rng(0).integers(0, 3, 90)
    division = Division(validation_fraction=0.0, seed=7, folds=4)
    splitter = StratifiedKFold(4, shuffle=True, random_state=7)
    for fold, (train, test) in enumerate(splitter.split(labels, labels)):
        found = division.split(90, labels, ("a", "b", "c"), fold)
        assert found.test.tolist() == test.tolist()
        assert found.train.tolist() == train.tolist()


@given(st.lists(st.integers(0, 9), min_size=30, max_size=60), st.integers(2, 4))
@example([0] * 15 + [1] * 13 + [2, 3], 2)
@example([0] * 11 + [1] * 5 + [2] * 5 + [3] * 5, 2)
def test_folds_of_groups(groups: list[int], folds: int) -> None:
    codes = np.array(groups)
    if len(set(groups)) < folds:
        return
    division = Division(validation_fraction=0.0, folds=folds, groups=codes)
    left = [set(codes[division.split(len(groups), fold=k).train]) for k in range(folds)]
    division = Division(validation_fraction=0.2, folds=folds, groups=codes)
    if min(map(len, left)) < 2:  # a group is all that a fold leaves: every fold says so
        for fold in range(folds):
            with pytest.raises(DataError, match="two beside each fold"):
                division.split(len(groups), fold=fold)
        return
    tested: list[int] = []
    for fold in range(folds):
        found = division.split(len(groups), fold=fold)
        sides = [set(codes[part].tolist()) for part in parts(found)]
        assert sum(map(len, sides)) == len(set(groups))
        tested += found.test.tolist()
    assert sorted(tested) == list(range(len(groups)))


def test_expanding_windows():
    order = np.random.default_rng(1).permutation(40)  # rows are not in the order of their times
    division = Division(validation_fraction=0.0, folds=4, times=order.astype(float))
    rows = np.argsort(order)
    windows = TimeSeriesSplit(4).split(np.zeros(40))
    for fold, (train, test) in enumerate(windows):
        found = division.split(40, fold=fold)
        assert sorted(found.train) == sorted(rows[train])
        assert sorted(found.test) == sorted(rows[test])


def test_one_time_is_on_one_side_of_every_window():
    times = np.repeat([1.0, 2.0, 3.0, 4.0], [10, 3, 3, 8])
    division = Division(validation_fraction=0.3, folds=2, times=times)
    for fold in range(2):
        found = division.split(24, fold=fold)
        train, validation, test = (set(times[part]) for part in parts(found))
        assert max(train) < min(validation)
        assert max(validation) < min(test)


@pytest.mark.parametrize(
    ("division", "fold", "said"),
    [
        (Division(groups=np.array([0, 0, 1, 1]), by="g"), None, "groups in 'g'"),
        (Division(folds=3, groups=np.array([0, 0, 1, 1]), by="g"), 0, "each of 3 folds, got 2"),
        (Division(times=np.ones(4), by="t"), None, "different times in 't'"),
        (Division(folds=5), 0, "each of 5 folds, got 4"),
        (Division(folds=4, times=np.arange(4.0), by="t"), 0, "6 or more"),
    ],
)
def test_too_few(division: Division, fold: int | None, said: str):
    with pytest.raises(DataError, match=said):
        division.split(4, fold=fold)
