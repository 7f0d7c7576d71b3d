"""Sorting, medians and quantiles, against NumPy's and JAX's: ties, nan, options, other inputs."""

from __future__ import annotations

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Evaluator
from ops.like_numpy import check_gradient, check_values

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)
METHODS = [
    *("linear", "lower", "higher", "nearest", "midpoint", "inverted_cdf", "averaged_inverted_cdf"),
    *("closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased"),
    "normal_unbiased",
]
NAN = np.nan


def numbers(shape, seed=0):
    return (
        np.random.default_rng([seed, *shape]).permutation(int(np.prod(shape))).reshape(shape) * 1.5
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data(), shape=SHAPES)
def test_order_is_numpys(data, shape):
    x = numbers(shape)
    axis = data.draw(st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1)))
    check_values(lambda t: np.sort(t, axis=axis), x)
    check_values(lambda t: np.argsort(t, axis), x)
    n = x.size if axis is None else x.shape[axis]
    kth = data.draw(st.integers(-n, n - 1))
    place = np.sort(x, axis=axis).take([kth], axis)
    for found in (
        np.partition(cr.variable(x), kth, axis=axis).value,
        np.take_along_axis(x, np.argpartition(cr.variable(x), kth, axis).value, axis),
    ):
        np.testing.assert_array_equal(found.take([kth], axis), place)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data(), shape=SHAPES, keepdims=st.booleans())
def test_quantiles_are_numpys(data, shape, keepdims):
    x = numbers(shape)
    several = st.lists(st.sampled_from(range(len(shape))), unique=True, min_size=1).map(tuple)
    axis = data.draw(st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1), several))
    q = data.draw(st.sampled_from([0.0, 0.3, 1, [0.2, 0.9], [[0.5, 0.4]], []]))
    method = data.draw(st.sampled_from(METHODS))
    options = {"axis": axis, "keepdims": keepdims}
    for function in (
        lambda t: np.quantile(t, q, method=method, **options),
        lambda t: np.percentile(t, 100 * np.asarray(q), **options),
        lambda t: np.median(t, **options),
        lambda t: np.nanmedian(t, **options),
    ):
        check_values(function, x)
    if np.size(q):
        check_values(lambda t: np.nanquantile(t, q, **options), x)


@pytest.mark.parametrize(
    "function",
    [
        np.sort,
        lambda t: np.sort(t, axis=0) ** 2,
        lambda t: np.sort(t, None)[::2],
        lambda t: np.median(t, axis=1),
        lambda t: np.median(t, axis=0) ** 2,
        lambda t: np.quantile(t, [0.1, 0.7], axis=1) ** 2,
        lambda t: np.percentile(t, 30, axis=(0, 1), keepdims=True),
        lambda t: np.nanmedian(t, axis=0),
        lambda t: np.nanpercentile(t, [10, 70], axis=1),
        lambda t: np.partition(t, 1, axis=1)[:, 1],
    ],
)
def test_derivatives(function):
    check_gradient(function, numbers((3, 4)))


def test_quantiles_of_a_share_that_is_differentiated():
    x = numbers((3, 4))
    for function in (
        lambda t, q: np.quantile(t, q, axis=1),
        lambda t, q: np.percentile(t, 100 * q, axis=0),
        lambda t, q: np.nanquantile(t, q, axis=1, keepdims=True),
    ):
        check_gradient(function, x, np.array([0.2, 0.7]))


TIES = np.array([2.0, 1.0, 2.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(np.sort, jnp.sort), (np.median, jnp.median)],
)
def test_at_ties_the_earlier_entry_comes_first(ours, theirs):
    """As JAX has it: the order is stable, and an entry keeps its own gradient."""
    weights = np.arange(5.0)
    found = cr.grad(lambda t: np.sum(ours(t) * weights))(TIES)
    expected = jax.grad(lambda t: jnp.sum(theirs(t) * weights))(jnp.asarray(TIES))
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(
    "function",
    [lambda t: np.sort(t) * [1.0, 10.0, 100.0], np.median, lambda t: np.quantile(t, 0.3)],
)
def test_other_inputs_are_sorted_anew(function):
    first, then = np.array([3.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])

    def both(t):
        value, pull = cr.vjp(function, t)
        return [value, *pull(np.ones(value.shape))]

    graph = cr.trace(both, cr.spec(3))
    for x in (first, then):
        for found, expected in zip(Evaluator(graph)(x), both(x), strict=True):
            np.testing.assert_allclose(found, expected)
    recorded = function(cr.variable(first))
    leaf = next(node for node in recorded.graph().nodes if node.variable)
    from chainrule.graph import Graph

    again = cr.replay(Graph.of([recorded.node], [leaf]), then)[0]
    np.testing.assert_allclose(again.value, function(then))


def test_nan():
    x = np.array([[3.0, NAN, 1.0, 2.0], [1.0, 2.0, 4.0, 3.0], [NAN] * 4])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for function in (
            np.sort,
            np.argsort,
            lambda t: np.median(t, axis=1),
            lambda t: np.quantile(t, 0.3, axis=1),
            lambda t: np.nanmedian(t, axis=1),
            lambda t: np.nanquantile(t, [0.3, 0.5], axis=1),
            lambda t: np.nanpercentile(t, 30, axis=0),
        ):
            check_values(function, x)
    assert cr.grad(np.nanmedian)(x[0]).tolist() == [0.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8])
def test_dtypes(dtype):
    x = np.array([3, 1, 2, 7], dtype)
    for function in (
        np.sort,
        np.median,
        lambda t: np.quantile(t, 0.3),
        lambda t: np.percentile(t, 30, method="lower"),
    ):
        found, expected = function(cr.ops.tensor.lift(x)), function(x)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found.value, expected, rtol=1e-6)


def test_numbers_without_axes():
    check_values(np.median, 2.0)
    check_values(lambda t: np.sort(t, axis=None), 2.0)
    check_values(lambda t: np.quantile(t, 0.5), np.array(2.0))


def test_searchsorted():
    steps = np.array([3.0, 1.0, 2.0])
    v = np.array([[0.5, 2.0], [2.5, 9.0]])
    for side in ("left", "right"):
        check_values(lambda t, s=side: np.searchsorted(np.sort(steps), t, s), v)
        check_values(lambda t, s=side: np.searchsorted(steps, t, s, sorter=[1, 2, 0]), v)


def test_an_explanation_says_which_entry_it_is():
    x = cr.variable([3.0, 1.0, 2.0], "x")
    assert "= x[2] = 2" in str(cr.explain(np.sort(x)[1]))
    tied = cr.variable([1.0, 1.0, 2.0], "x")
    assert "keep their order" in str(cr.explain(np.sort(tied)[0]))
    assert "keep their order" not in str(cr.explain(np.sort(x)[0]))


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        (lambda t: np.sort(t, kind="bubble"), OptionError, ["np.sort kind", "'bubble'"]),
        (lambda t: np.sort(t, axis=2), ShapeError, ["np.sort", "axis=2"]),
        (lambda t: np.sort(t, order="x"), OptionError, ["np.sort", "order='x'"]),
        (lambda t: np.median(t, out=np.zeros(())), OptionError, ["np.median", "out="]),
        (lambda t: np.median(t[:0]), ShapeError, ["np.median", "at least one entry"]),
        (lambda t: np.quantile(t, 1.5), ShapeError, ["np.quantile", "range"]),
        (lambda t: np.quantile(t, 0.5, method="x"), ShapeError, ["np.quantile", "'x'"]),
        (lambda t: np.quantile(t, 0.5, weights=t), OptionError, ["np.quantile", "weights="]),
        (lambda t: np.nanquantile(t, 0.5, method="lower"), OptionError, ["'linear'"]),
        (lambda t: np.partition(t, 5), ShapeError, ["np.partition", "kth"]),
        (lambda t: np.searchsorted(t, 1.0), OptionError, ["np.searchsorted", "vector"]),
        (lambda t: np.searchsorted(t[0], 1.0, "middle"), OptionError, ["'middle'"]),
    ],
)
def test_what_does_not_fit_is_refused_by_numpys_name(attempt, error, words):
    with pytest.raises(error) as caught:
        attempt(cr.variable(numbers((2, 3))))
    assert all(word in str(caught.value) for word in words), caught.value
