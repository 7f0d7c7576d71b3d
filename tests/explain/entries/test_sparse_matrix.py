"""Sparse matrices that store zeros, compared with dense matrices and the patterns of entries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.explain.entries import sparse_matrix
from chainrule.explain.entries.sparse_matrix import SparseMatrix
from chainrule.graph import SparseJacobian

SIZES = st.integers(1, 5)


def matrix(draw, shape: tuple[int, int]) -> tuple[SparseMatrix, np.ndarray, np.ndarray]:
    """A matrix with stored zeros and duplicates, its dense values, and its pattern."""
    triple = st.tuples(*(st.integers(0, size - 1) for size in shape), st.integers(-2, 2))
    entries = np.reshape(np.array(draw(st.lists(triple, max_size=12)), dtype=np.intp), (-1, 3))
    rows, columns, values = entries.T
    numbers, pattern = np.zeros(shape), np.zeros(shape, dtype=bool)
    np.add.at(numbers, (rows, columns), values)
    pattern[rows, columns] = True
    return (
        SparseMatrix.from_triples(SparseJacobian(rows, columns, values.astype(float)), shape),
        numbers,
        pattern,
    )


def check(found: SparseMatrix, numbers: np.ndarray, pattern: np.ndarray) -> None:
    assert found.shape == numbers.shape
    assert found.to_scipy().has_canonical_format
    np.testing.assert_array_equal(found.to_scipy().toarray(), numbers)
    stored = np.zeros(numbers.shape, dtype=bool)
    stored[found.rows, found.indices] = True
    np.testing.assert_array_equal(stored, pattern)
    assert found.nnz == pattern.sum()


@pytest.mark.parametrize("limit", [0, sparse_matrix.MAX_OWN_PRODUCTS])
@settings(deadline=None)  # the first call imports SciPy
@given(st.data())
def test_operations_agree_with_dense_matrices(limit, data):
    n, m, k = (data.draw(SIZES) for _ in range(3))
    left, numbers, pattern = matrix(data.draw, (n, m))
    check(left, numbers, pattern)
    check(left.transposed, numbers.T, pattern.T)
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    check(left.with_rows(keep), numbers * keep[:, None], pattern & keep[:, None])
    other, summand, summand_pattern = matrix(data.draw, (n, m))
    check(left + other, numbers + summand, pattern | summand_pattern)
    right, factors, other_pattern = matrix(data.draw, (m, k))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse_matrix, "MAX_OWN_PRODUCTS", limit)
        check(left @ right, numbers @ factors, pattern @ other_pattern)
