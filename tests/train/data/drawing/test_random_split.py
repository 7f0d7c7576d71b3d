"""Splits are those of scikit-learn: runs that began with its splits are to be resumed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from chainrule.train.data.drawing.random_split import random_split

seeds = st.integers(0, 2**32 - 1)


@given(st.integers(2, 300), st.data(), seeds)
def test_rows(rows: int, data: st.DataObject, seed: int) -> None:
    size = data.draw(st.integers(1, rows - 1))
    expected = train_test_split(np.arange(rows), test_size=size, random_state=seed)
    for found, one in zip(random_split(rows, size, seed), expected, strict=True):
        assert found.tolist() == one.tolist()


@given(st.lists(st.integers(2, 60), min_size=1, max_size=12), st.data(), seeds)
def test_strata(counts: list[int], data: st.DataObject, seed: int) -> None:
    """Equal counts, and so ties that are broken at random, among them."""
    strata = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    rows = len(strata)
    size = data.draw(st.integers(len(counts), rows - len(counts)))
    expected = train_test_split(np.arange(rows), test_size=size, random_state=seed, stratify=strata)
    for found, one in zip(random_split(rows, size, seed, strata), expected, strict=True):
        assert found.tolist() == one.tolist()


@pytest.mark.parametrize("counts", [(1, 1, 1), (1, 5), (1, 1, 4)])
def test_strata_of_one_row(counts: tuple[int, ...]) -> None:
    """scikit-learn refuses them; every row is drawn once, and the parts have their sizes."""
    strata = np.repeat(np.arange(len(counts)), counts)
    rest, part = random_split(len(strata), len(strata) // 2, 0, strata)
    assert len(part) == len(strata) // 2
    assert sorted([*rest, *part]) == list(range(len(strata)))
