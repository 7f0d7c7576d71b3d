"""Folds are those of scikit-learn, and groups are divided by its rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

from chainrule.train.data.drawing.folds import fold_numbers, group_fold_numbers

seeds = st.integers(0, 2**32 - 1)


def numbers(folds, rows: int, *arguments) -> list[int]:
    """The fold of each row by the test rows that a splitter of scikit-learn gives."""
    found = np.full(rows, -1)
    for i, (_, test) in enumerate(folds.split(np.zeros(rows), *arguments)):
        found[test] = i
    return found.tolist()


@given(st.integers(2, 200), st.data(), seeds)
def test_rows(rows: int, data: st.DataObject, seed: int) -> None:
    folds = data.draw(st.integers(2, min(rows, 12)))
    expected = numbers(KFold(folds, shuffle=True, random_state=seed), rows)
    assert fold_numbers(rows, folds, seed).tolist() == expected


@pytest.mark.filterwarnings("ignore:The least populated class")
@given(st.lists(st.integers(1, 30), min_size=1, max_size=9), st.data(), seeds)
def test_strata(counts: list[int], data: st.DataObject, seed: int) -> None:
    folds = data.draw(st.integers(2, max(2, max(counts))))
    if max(counts) < folds:
        return
    kinds = np.random.default_rng(seed).permutation(len(counts))
    strata = np.random.default_rng(seed).permutation(np.repeat(kinds, counts))
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    found = fold_numbers(len(strata), folds, seed, strata)
    assert found.tolist() == numbers(splitter, len(strata), strata)
    for kind in range(len(counts)):
        sizes = np.bincount(found[strata == kind], minlength=folds)
        assert sizes.max() - sizes.min() <= 1


@given(st.lists(st.integers(1, 40), min_size=2, max_size=30), st.data(), seeds)
def test_groups(sizes: list[int], data: st.DataObject, seed: int) -> None:
    """Each group in one fold; folds of the sizes of scikit-learn's, whatever the order of ties."""
    folds = data.draw(st.integers(2, len(sizes)))
    groups = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    found = group_fold_numbers(groups, folds, seed)
    for group in range(len(sizes)):
        assert len(set(found[groups == group])) == 1
    expected = numbers(GroupKFold(folds), len(groups), None, groups)
    assert sorted(np.bincount(found, minlength=folds)) == sorted(np.bincount(expected))
    assert min(np.bincount(found, minlength=folds)) > 0
