"""Differences, integrals, convolutions, interpolation and polynomials, against NumPy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Evaluator
from ops.like_numpy import check_gradient, check_values

X = np.array([[0.5, -1.5, 2.0, 0.75], [1.5, 0.25, -0.75, 3.0], [-0.5, 1.25, 2.5, -2.0]])
V, W = np.array([1.0, -2.0, 0.5, 3.0, 1.5]), np.array([0.5, 1.0, -1.5])
POINTS = np.array([0.0, 0.5, 2.0, 2.5])
BETWEEN = np.array([[-1.0, 0.3], [1.9, 2.2], [3.2, 0.7]])

FUNCTIONS = {
    "diff": lambda x, v, w: np.diff(x),
    "diff, twice": lambda x, v, w: np.diff(x, 2, axis=0),
    "diff, no times": lambda x, v, w: np.diff(x, n=0) ** 2,
    "diff, with ends": lambda x, v, w: np.diff(x, prepend=v[0], append=x[:, :2] ** 2),
    "diff, more than there are": lambda x, v, w: np.diff(w, 3),
    "ediff1d": lambda x, v, w: np.ediff1d(x),
    "ediff1d, with ends": lambda x, v, w: np.ediff1d(v, to_end=w, to_begin=[w[0], 1.0]),
    "gradient": lambda x, v, w: np.gradient(x),
    "gradient of a vector": lambda x, v, w: np.gradient(v, 0.5, edge_order=2),
    "gradient by a distance": lambda x, v, w: np.gradient(x, v[2], axis=1),
    "gradient by distances": lambda x, v, w: np.gradient(x, 2.0, v[2]),
    "gradient by coordinates": lambda x, v, w: np.gradient(x, w**3, POINTS, edge_order=2),
    "gradient, axes": lambda x, v, w: np.gradient(x, axis=(1, -2)),
    "gradient, one axis": lambda x, v, w: np.gradient(x, np.cumsum(np.exp(w)), axis=0),
    "trapezoid": lambda x, v, w: np.trapezoid(x**2),
    "trapezoid by a distance": lambda x, v, w: np.trapezoid(x, dx=w[0], axis=0),
    "trapezoid by coordinates": lambda x, v, w: np.trapezoid(x, w, axis=0),
    "trapezoid by arrays": lambda x, v, w: np.trapezoid(x, x**2),
    "unwrap": lambda x, v, w: np.unwrap(4 * x),
    "unwrap, axis": lambda x, v, w: np.unwrap(2.9 * x, axis=0, period=2.0),
    "unwrap, period": lambda x, v, w: np.unwrap(3 * x + 0 * w[0], period=np.exp(w[0])),
    "unwrap, large jumps": lambda x, v, w: np.unwrap(2 * x, discont=4.5),
    "interp": lambda x, v, w: np.interp(BETWEEN, POINTS, x[0]),
    "interp of numbers": lambda x, v, w: np.interp(w[0] + 0.3, POINTS, x[0]),
    "interp, all": lambda x, v, w: np.interp(x**2, np.cumsum(np.exp(v[:4])), x[1]),
    "interp, beyond": lambda x, v, w: np.interp(
        BETWEEN, POINTS, x[0] + 0 * v[0], left=v[0], right=-1.0
    ),
    "interp, period": lambda x, v, w: np.interp(BETWEEN, POINTS[::-1] + w[0], x[0], period=2.6),
    "interp, one point": lambda x, v, w: np.interp(BETWEEN, [1.0], v[:1], left=0.0),
    "polyval": lambda x, v, w: np.polyval(w, x),
    "polyval of a list": lambda x, v, w: np.polyval([1.0, w[0], 2.0], v + 0 * w[0]),
    "polyadd": lambda x, v, w: np.polyadd(v, w) * np.polysub(w, v),
    "polymul": lambda x, v, w: np.polymul(v, w),
    "polyder": lambda x, v, w: np.polyder(v, 2),
    "polyint": lambda x, v, w: np.polyint(v + 0 * w[0], 2, k=w[:2]),
    "polyint, one constant": lambda x, v, w: np.polyint(v, m=2, k=3.0),
    "polyint, no constant": lambda x, v, w: np.polyint(v),
}

CURVED = ("trapezoid by arrays", "interp, all", "polyval", "polymul", "gradient, one axis")
"""Those whose second derivatives are checked, too: they multiply or divide what they are given."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_derivatives(name):
    check_gradient(FUNCTIONS[name], X, V, W, order=2 if name in CURVED else 1)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(n=st.integers(1, 7), m=st.integers(1, 7), mode=st.sampled_from(["full", "same", "valid"]))
def test_convolutions_are_numpys(n, m, mode):
    rng = np.random.default_rng([n, m])
    a, v = rng.normal(size=n), rng.normal(size=m)
    check_values(lambda a, v: np.convolve(a, v, mode), a, v)
    check_values(lambda a, v: np.correlate(a, v, mode), a, v)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_derivatives_of_convolutions(mode):
    for function in (np.convolve, np.correlate):
        check_gradient(lambda a, v, f=function: f(a, v, mode=mode), V, W)
        check_gradient(lambda a, v, f=function: f(v, a, mode=mode), V, W)
    check_gradient(lambda a: np.convolve(a, [1.0, 2.0], mode) * np.convolve(a, 2.0)[0], W)


def test_convolution_of_integers():
    a, v = np.array([1, 2, 3]), np.array([2, -1])
    found = np.convolve(cr.ops.tensor.lift(a), v)
    assert found.dtype == np.int64
    assert found.value.tolist() == np.convolve(a, v).tolist()
    assert np.diff(cr.ops.tensor.lift(a > 1)).value.tolist() == np.diff(a > 1).tolist()
    assert np.gradient(cr.ops.tensor.lift(a)).value.tolist() == np.gradient(a).tolist()


def test_another_point_is_interpolated_anew():
    graph = cr.trace(cr.grad(lambda x, y: np.interp(x, POINTS, y), (0, 1)), 0.0, cr.spec(4))
    for x in (0.3, 1.0, 2.4):
        found = Evaluator(graph)(np.asarray(x), X[0])
        expected = cr.grad(lambda x, y: np.interp(x, POINTS, y), (0, 1))(x, X[0])
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-14)


def test_at_a_point_the_slope_is_that_on_the_right():
    slope = cr.grad(lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 5.0]))
    assert [slope(x) for x in (0.0, 1.0, 1.5)] == [1.0, 4.0, 4.0]


def test_single_precision_stays():
    x = X.astype(np.float32)
    for function in (
        np.diff,
        lambda t: np.gradient(t, axis=0),
        lambda t: np.trapezoid(t),
        lambda t: np.convolve(t[0], t[1]),
        np.unwrap,
        lambda t: np.polyval(t[0], t[1]),
    ):
        assert function(cr.variable(x)).dtype == function(x).dtype == np.float32


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        (lambda t: np.diff(t, -1), OptionError, ["np.diff n", "-1"]),
        (lambda t: np.diff(t[0, 0]), ShapeError, ["np.diff", "shape ()"]),
        (lambda t: np.gradient(t[:1]), ShapeError, ["np.gradient", "2 or more"]),
        (lambda t: np.gradient(t, 1.0, 2.0, 3.0), OptionError, ["np.gradient", "got 3"]),
        (lambda t: np.gradient(t, [1.0, 2.0], axis=1), ShapeError, ["np.gradient", "(2,)"]),
        (lambda t: np.gradient(t, edge_order=3), OptionError, ["edge_order", "1 or 2"]),
        (lambda t: np.convolve(t, t), ShapeError, ["np.convolve", "vectors"]),
        (lambda t: np.convolve(t[0], t[1], "half"), OptionError, ["np.convolve mode", "'half'"]),
        (lambda t: np.interp(t, POINTS, t), ShapeError, ["np.interp", "equal length"]),
        (lambda t: np.polyval(t, 1.0), OptionError, ["np.polyval", "vector"]),
        (lambda t: np.polyint(t[0], 3, k=[1.0, 2.0]), OptionError, ["np.polyint k", "3"]),
    ],
)
def test_what_does_not_fit_is_refused_by_numpys_name(attempt, error, words):
    with pytest.raises(error) as caught:
        attempt(cr.variable(X))
    assert all(word in str(caught.value) for word in words), caught.value


def test_complex_values_are_interpolated():
    values = np.array([1.0 + 1.0j, 2.0, -1.0j])
    check_values(lambda x, y: np.interp(x, [0.0, 1.0, 2.0], y), np.array([-1.0, 0.5, 3.0]), values)
    check_values(lambda y: np.interp(-1.0, [0.0, 1.0, 2.0], y, left=2.0j), values)
    with pytest.raises(OptionError, match=r"np\.interp: expected real numbers"):
        np.interp(cr.variable(1.0j), [0.0, 1.0], [0.0, 1.0])
