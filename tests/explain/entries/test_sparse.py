"""Sparse matrices in which an entry of 0 is an entry, against dense ones beside their patterns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.explain.entries import sparse
from chainrule.explain.entries.sparse import Sparse
from chainrule.graph import SparseJacobian

SIZES = st.integers(1, 5)


def matrix(draw, shape: tuple[int, int]) -> tuple[Sparse, np.ndarray, np.ndarray]:
    """With entries of 0 and entries that stand there twice; its numbers and its pattern."""
    place = st.tuples(*(st.integers(0, size - 1) for size in shape), st.integers(-2, 2))
    entries = np.reshape(np.array(draw(st.lists(place, max_size=12)), dtype=np.intp), (-1, 3))
    rows, columns, values = entries.T
    numbers, pattern = np.zeros(shape), np.zeros(shape, dtype=bool)
    np.add.at(numbers, (rows, columns), values)
    pattern[rows, columns] = True
    return Sparse.of(SparseJacobian(rows, columns, values.astype(float)), shape), numbers, pattern


def check(found: Sparse, numbers: np.ndarray, pattern: np.ndarray) -> None:
    assert found.shape == numbers.shape
    assert found.scipy.has_canonical_format
    np.testing.assert_array_equal(found.scipy.toarray(), numbers)
    stored = np.zeros(numbers.shape, dtype=bool)
    stored[found.rows, found.indices] = True
    np.testing.assert_array_equal(stored, pattern)
    assert found.nnz == pattern.sum()


@pytest.mark.parametrize("many", [0, sparse.MANY])
@settings(deadline=None)  # the first time scipy is imported
@given(st.data())
def test_they_are_the_dense_ones(many, data):
    n, m, k = (data.draw(SIZES) for _ in range(3))
    left, numbers, pattern = matrix(data.draw, (n, m))
    check(left, numbers, pattern)
    check(left.transposed, numbers.T, pattern.T)
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    check(left.keeping(keep), numbers * keep[:, None], pattern & keep[:, None])
    other, more, places = matrix(data.draw, (n, m))
    check(left + other, numbers + more, pattern | places)
    right, factors, met = matrix(data.draw, (m, k))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse, "MANY", many)
        check(left @ right, numbers @ factors, pattern @ met)
