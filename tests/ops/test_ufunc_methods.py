"""The methods of ufuncs against NumPy's own, and their gradients against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ChainruleError, OptionError, ShapeError

X = np.random.default_rng(3).uniform(0.5, 2.0, (3, 4, 2))
UFUNCS = [np.add, np.multiply, np.maximum, np.minimum, np.logaddexp, np.hypot]
ORDERED = [np.subtract, np.divide, np.power, np.arctan2]
T = cr.variable(X, "X")


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("ufunc", [*UFUNCS, *ORDERED])
def test_accumulate(ufunc, axis):
    found = ufunc.accumulate(T, axis=axis)
    np.testing.assert_allclose(found.value, ufunc.accumulate(X, axis=axis), rtol=1e-14)
    cr.check_grad(lambda x: np.sum(ufunc.accumulate(x, axis) * X), X)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [0, (0, 2), None, ()])
@pytest.mark.parametrize("ufunc", UFUNCS)
def test_reduce(ufunc, axis, keepdims):
    found = ufunc.reduce(T, axis=axis, keepdims=keepdims)
    expected = ufunc.reduce(X, axis=axis, keepdims=keepdims)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found.value, expected, rtol=1e-14)
    cr.check_grad(lambda x: np.sum(ufunc.reduce(x, axis, keepdims=keepdims)), X)


@pytest.mark.parametrize("ufunc", ORDERED)
def test_reduce_in_order(ufunc):
    np.testing.assert_allclose(ufunc.reduce(T).value, ufunc.reduce(X), rtol=1e-14)
    cr.check_grad(lambda x: np.sum(ufunc.reduce(x, axis=1)), X)


def test_outer():
    found = np.subtract.outer(T[0], X[1])
    np.testing.assert_array_equal(found.value, np.subtract.outer(X[0], X[1]))
    cr.check_grad(lambda a: np.sum(np.hypot.outer(a[0], a[1])), X[0])


def test_dtypes_and_empty_axes():
    truth = cr.variable([1.0, -1.0, 2.0]) > 0.0
    np.testing.assert_array_equal(np.logical_and.accumulate(truth).value, [True, False, False])
    assert np.logical_or.reduce(truth).value
    assert np.maximum.accumulate(T, dtype=np.float32).dtype == np.float32
    empty = cr.variable(np.ones((2, 0)))
    assert np.hypot.accumulate(empty, 1).shape == (2, 0)
    assert np.hypot.reduce(empty, 1).value.tolist() == [0.0, 0.0]
    assert np.logaddexp.reduce(empty, 1).value.tolist() == [-np.inf, -np.inf]


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        (lambda: np.maximum.accumulate(T, out=np.zeros(X.shape)), OptionError, "out="),
        (lambda: np.hypot.reduce(T, where=X > 0), OptionError, "np.hypot.reduce with where"),
        (lambda: np.hypot.outer(T, T, dtype=float), OptionError, "np.hypot.outer with dtype"),
        (lambda: np.subtract.reduce(T, axis=(0, 1)), OptionError, "np.subtract.reduce"),
        (lambda: np.nextafter.accumulate(T), OptionError, "np.nextafter"),
        (lambda: np.add.accumulate(T, axis=3), ShapeError, "np.add.accumulate"),
        (lambda: np.hypot.accumulate(T[0, 0, 0]), ChainruleError, "np.hypot.accumulate"),
        (lambda: np.arctan2.reduce(cr.variable(np.ones(0))), ShapeError, "np.arctan2.reduce"),
    ],
)
def test_what_is_not_recorded_is_refused_by_its_name(attempt, error, words):
    with pytest.raises(error, match=words):
        attempt()
