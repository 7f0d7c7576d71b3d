"""Whether a network is better than a simple model, by the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from chainrule.train.evaluation.comparison import improvement


def test_mean_and_standard_error_of_paired_differences():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 50))
    found = improvement(one - other)
    t = stats.ttest_rel(one, other).statistic
    np.testing.assert_allclose(found.value / found.standard_error, t)
    assert found.rows == 50


@pytest.mark.parametrize(
    ("right", "wrong", "rows", "clear"),
    [(4, 0, 4, False), (9, 0, 9, False), (10, 0, 10, True), (5, 3, 100, False), (30, 5, 100, True)],
)
def test_what_is_clear(right, wrong, rows, clear):
    by_row = np.zeros(rows)
    by_row[:right], by_row[right : right + wrong] = 1, -1
    found, opposite = improvement(by_row), improvement(-by_row)
    assert (found.clear, found.clearly_negative) == (clear, False)
    assert (opposite.clear, opposite.clearly_negative) == (False, clear)


@pytest.mark.parametrize("by_row", [[], [1.0], [1.0, np.inf], [np.nan, 0.0], [1e308] * 3])
def test_what_is_not_defined(by_row):
    assert improvement(np.array(by_row)) is None


def test_equal_models():
    found = improvement(np.zeros(20))
    assert (found.value, found.standard_error, found.clear) == (0.0, 0.0, False)
