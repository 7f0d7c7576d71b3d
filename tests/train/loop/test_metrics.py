import math

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import DataError
from chainrule.train.loop import metrics

numbers = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_counts(pairs: list[tuple[int, int]]) -> None:
    true, predicted = (np.array(side) for side in zip(*pairs, strict=True))
    table = metrics.confusion(true, predicted, ("a", "b", "c", "d"))
    for i in range(4):
        for j in range(4):
            assert table.counts[i][j] == pairs.count((i, j))
    right = sum(i == j for i, j in pairs) / len(pairs)
    assert metrics.accuracy(true, predicted) == pytest.approx(right)


def test_recall() -> None:
    table = metrics.confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), ("a", "b", "c"))
    assert table.recall[:2] == (0.5, 1.0)
    assert math.isnan(table.recall[2])


@given(numbers)
def test_r2_of_perfect_and_of_the_mean(values: list[float]) -> None:
    true = np.array(values)
    if true.std() < 1e-6:
        return
    assert metrics.r2(true, true) == 1
    assert metrics.r2(true, np.full_like(true, true.mean())) == pytest.approx(0, abs=1e-9)


def test_r2_by_its_definition() -> None:
    rng = np.random.default_rng(0)
    true, predicted = rng.normal(size=(2, 20, 3))
    each = 1 - ((true - predicted) ** 2).sum(0) / ((true - true.mean(0)) ** 2).sum(0)
    assert metrics.r2(true, predicted) == pytest.approx(each.mean())


def test_r2_where_it_is_undefined() -> None:
    assert math.isnan(metrics.r2(np.array([1.0]), np.array([1.0])))
    assert math.isnan(metrics.r2(np.ones(3), np.ones(3)))
    assert math.isnan(metrics.r2(np.arange(3.0), np.array([0, 1, np.nan])))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(50,), (50, 1), (50, 3)])
def test_r2_is_that_of_scikit_learn(dtype: type, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    true, predicted = (rng.normal(3, 2, shape).astype(dtype) for _ in range(2))
    expected = sklearn.metrics.r2_score(true, predicted)
    assert metrics.r2(true, predicted) == pytest.approx(
        expected, rel=4 * float(np.finfo(dtype).eps)
    )


def test_classes_are_counted_as_by_scikit_learn() -> None:
    """Also where the model has more outputs than there are classes."""
    rng = np.random.default_rng(2)
    true, predicted = rng.integers(0, 4, 300), rng.integers(0, 6, 300)
    found = metrics.confusion(true, predicted, tuple("abcd")).counts
    expected = sklearn.metrics.confusion_matrix(true, predicted, labels=range(4))
    assert np.array(found).tolist() == expected.tolist()
    share = sklearn.metrics.accuracy_score(true, predicted)
    assert metrics.accuracy(true, predicted) == share


def test_residuals() -> None:
    true, predicted = np.array([1.0, 2.0, 3.0, 4.0, 10.0]), np.array([1.0, 3.0, 1.0, 1.0, 6.0])
    found = metrics.residuals(true, predicted)
    assert (found.least, found.quartile1, found.median) == (-1, 0, 2)
    assert (found.quartile3, found.greatest) == (3, 4)
    assert found.mean_absolute == pytest.approx(2)
    assert found.root_mean_square == pytest.approx(math.sqrt(30 / 5))


@pytest.mark.parametrize("metric", [metrics.accuracy, metrics.r2, metrics.residuals])
def test_shapes(metric: object) -> None:
    for true, predicted in ((np.ones(3), np.ones(2)), (np.ones(0), np.ones(0))):
        with pytest.raises(DataError, match="one prediction for each row"):
            metric(true, predicted)  # type: ignore[operator]
    # (n, 1) against (n,) would broadcast to a table of all pairs
    with pytest.raises(DataError):
        metric(np.ones((3, 1)), np.ones(3))  # type: ignore[operator]
