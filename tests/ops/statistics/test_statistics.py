"""Reductions with NumPy's options, against NumPy's values and finite differences."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Evaluator
from ops.like_numpy import check_gradient, check_values

NAN = np.nan
X = np.array([[0.5, -1.5, 2.0, 0.75], [1.5, 0.25, -0.75, 3.0], [-0.5, 1.25, 2.5, -2.0]])
MASK = X > 0
WEIGHTS = np.array([1.0, 2.0, 0.5, 1.5])
REDUCTIONS = [np.sum, np.prod, np.mean, np.var, np.std, np.max, np.min]
WITHOUT_NAN = [np.nansum, np.nanprod, np.nanmean, np.nanvar, np.nanstd, np.nanmax, np.nanmin]


def drawn_options(draw, function, shape):
    """Options that the reduction has, each there or not."""
    several = st.lists(st.sampled_from(range(len(shape))), unique=True, min_size=1).map(tuple)
    axis = st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1), several)
    options = {"axis": draw(axis), "keepdims": draw(st.booleans())}
    name = function.__name__.removeprefix("nan")
    if name in ("sum", "prod", "max", "min", "amax", "amin") and draw(st.booleans()):
        options["initial"] = draw(st.sampled_from([0.3, 2, -4.0]))
    if "initial" in options or (name not in ("max", "min", "amax", "amin") and draw(st.booleans())):
        options["where"] = draw(st.sampled_from([True, MASK, MASK[0], MASK[:, :1]]))
    if name in ("var", "std"):
        options[draw(st.sampled_from(["ddof", "correction"]))] = draw(st.sampled_from([0, 1, 0.5]))
    return options


@pytest.mark.parametrize("function", [*REDUCTIONS, *WITHOUT_NAN])
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_reductions_with_options_are_numpys(data, function):
    options = drawn_options(data.draw, function, X.shape)
    x = X.copy()
    if function in WITHOUT_NAN:
        x[0, 1] = x[2, 2] = NAN
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        check_values(lambda t: function(t, **options), x)


SMOOTH = {
    "sum": lambda t: np.sum(t**2, axis=1, where=MASK, initial=2.0),
    "prod": lambda t: np.prod(t, 0, where=MASK, initial=2.0),
    "mean": lambda t: np.mean(t**2, axis=1, where=MASK),
    "var": lambda t: np.var(t, axis=1, where=MASK, ddof=0.5),
    "std": lambda t: np.std(t, axis=0, where=MASK, keepdims=True),
    "var about another mean": lambda t: np.var(t, axis=1, mean=t[:, :1]),
    "max": lambda t: np.max(t**3, axis=1, initial=0.1, where=MASK),
    "min": lambda t: np.min(t**3, axis=0, initial=7.0, where=MASK),
    "max and a bound": lambda t: np.max(t, initial=cr.sum(t)),
    "ptp": lambda t: np.ptp(t, axis=1),
    "average": lambda t: np.average(t**2, axis=0),
    "average, weighted": lambda t: np.average(t, axis=1, weights=t**2),
    "average, weights of an axis": lambda t: np.average(t, axis=1, weights=t[0] ** 2),
    "average, weights of two axes": lambda t: np.average(t, axis=(1, 0), weights=(t**2).T),
    "average, returned": lambda t: np.average(t, 1, WEIGHTS, returned=True, keepdims=True),
    "average of all": lambda t: np.average(t, returned=True),
    "cumsum": lambda t: np.cumsum(t**2, axis=1) + np.cumsum(t, 0),
    "cumprod": lambda t: np.cumprod(t, axis=1),
    "cumprod of all": lambda t: np.cumprod(t),
    "cov": lambda t: np.cov(t),
    "cov of columns": lambda t: np.cov(t, rowvar=False, bias=True),
    "cov of two": lambda t: np.cov(t, t[0] ** 2, ddof=0),
    "cov, counted": lambda t: np.cov(t, fweights=[1, 3, 2, 1]),
    "cov, weighted": lambda t: np.cov(t, aweights=np.square(t[0])),
    "cov, both": lambda t: np.cov(t, fweights=[1, 3, 2, 1], aweights=WEIGHTS),
    "cov of a vector": lambda t: np.cov(t[0]),
    "corrcoef": lambda t: np.corrcoef(t[:, :3] ** 2),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives(name):
    check_gradient(SMOOTH[name], X)


@pytest.mark.parametrize("function", WITHOUT_NAN)
def test_nan_gets_no_gradient(function):
    """What is left is differentiated as if it were alone; other inputs are looked at anew."""
    x = np.array([2.0, NAN, -1.0, 3.0])
    plain = getattr(np, function.__name__.replace("nan", ""))
    found, alone = cr.grad(function)(x), cr.grad(plain)(x[[0, 2, 3]])
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[[0, 2, 3]], alone, rtol=1e-12)
    assert found[1] == 0
    check_gradient(lambda t: function(t), np.array([2.0, -1.0, 3.0]))
    graph = cr.trace(cr.grad(function), cr.spec(4))
    np.testing.assert_allclose(Evaluator(graph)(x)[0], found, rtol=1e-12)


OFFSET = (1e6 + np.array([0.25, -0.5, 1.0, 0.75, -1.5, 0.5])).astype(np.float32)


@pytest.mark.parametrize(
    "function",
    [
        np.nanvar,
        np.nanstd,
        np.cov,
        lambda t: np.var(t, where=[True] * 5 + [False]),
        lambda t: np.cov(t, aweights=[1.0, 2.0, 1.0, 3.0, 1.0, 2.0]),
        lambda t: np.cov(t, fweights=[1, 2, 1, 3, 1, 2]),
        lambda t: np.corrcoef(t[:3], t[3:])[0, 1],
    ],
)
def test_a_large_mean_takes_no_digits(function):
    """float32 against NumPy's float64, of numbers that both hold."""
    expected = function(OFFSET.astype(np.float64))
    np.testing.assert_allclose(function(cr.variable(OFFSET)).value, expected, rtol=2e-6)
    slopes = [cr.grad(function)(OFFSET.astype(dtype)) for dtype in (np.float32, np.float64)]
    np.testing.assert_allclose(*slopes, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("function", [*WITHOUT_NAN, np.nancumsum, np.nancumprod])
def test_nothing_but_nan(function):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        check_values(function, np.full(3, NAN))
        check_values(lambda t: function(t, axis=0), np.full((2, 2), NAN))


def test_cumulative_sums_and_products():
    x = X.copy()
    x[1, 2] = NAN
    for function in (np.nancumsum, np.nancumprod):
        check_values(lambda t, f=function: f(t, axis=1), x)
        check_values(lambda t, f=function: f(t), x)
        check_gradient(lambda t, f=function: f(t, 0), X)
    if hasattr(np, "cumulative_sum"):
        for function in (np.cumulative_sum, np.cumulative_prod):
            check_gradient(lambda t, f=function: f(t, axis=1, include_initial=True), X)
            check_values(lambda t, f=function: f(t, include_initial=True), X[0])
            check_values(lambda t, f=function: f(t), X[0])


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8, bool])
def test_dtypes(dtype):
    x = np.array([[3, 1, 2], [1, 0, 1]], dtype)
    for function in (
        *REDUCTIONS[:5],
        *WITHOUT_NAN,
        np.cumprod,
        np.average,
        lambda t: np.sum(t, where=[True, False, True]),
        lambda t: np.mean(t, where=[True, False, True]),
    ):
        found, expected = function(cr.ops.tensor.lift(x)), np.asarray(function(x))
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found.value, expected, rtol=1e-6)
    for wanted in (np.float32, np.float64):
        found = np.sum(cr.ops.tensor.lift(x), dtype=wanted)
        assert found.dtype == np.sum(x, dtype=wanted).dtype
        assert np.cumsum(cr.ops.tensor.lift(x), 0, wanted).dtype == wanted


def test_numbers_and_lists():
    check_values(lambda t: np.sum(t, initial=1.0), 2.0)
    check_values(np.ptp, np.array([3.0]))
    assert np.max(cr.ops.tensor.lift(np.zeros((0, 2))), axis=0, initial=3.0).value.tolist() == [
        3,
        3,
    ]


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        (lambda t: np.max(t, where=MASK), OptionError, ["np.max", "initial"]),
        (lambda t: np.average(t, weights=WEIGHTS), ShapeError, ["np.average weights", "(4,)"]),
        (lambda t: np.cov(t[None]), ShapeError, ["np.cov", "two axes"]),
        (lambda t: np.cumprod(t, out=np.zeros(12)), OptionError, ["np.cumprod", "out="]),
        (lambda t: np.cumprod(t, axis=2), ShapeError, ["np.cumprod", "axis=2"]),
        (lambda t: np.sum(t, dtype="text"), OptionError, ["dtype"]),
        (lambda t: np.nanmean(t, out=np.zeros(())), OptionError, ["np.nanmean", "out="]),
    ],
)
def test_what_does_not_fit_is_refused_by_numpys_name(attempt, error, words):
    with pytest.raises(error) as caught:
        attempt(cr.variable(X))
    assert all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize("function", [np.nanmax, np.nanmin])
def test_conditions_leave_out_integers_too(function):
    x = cr.variable([1.0, 5.0, -3.0]).astype(int)
    options = {"where": [True, False, False], "initial": 0}
    assert function(x, **options).value == function(x.value, **options)
    check_values(function, np.array([complex(NAN, 1.0), 1.0 + 2.0j, 3.0]))
    with pytest.raises(OptionError, match="expected an initial value beside where="):
        function(x, where=[True, False, False])


@pytest.mark.parametrize("weights", [{}, {"fweights": [1, 2, 1]}, {"aweights": [0.5, 1.0, 0.25]}])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_covariance_of_too_few_observations_is_infinite(weights):
    found = np.cov(cr.variable([1.0, 2.0, 4.0]), ddof=5, **weights)
    assert found.value == np.cov([1.0, 2.0, 4.0], ddof=5, **weights) == np.inf


def test_correlations_of_complex_numbers():
    z = np.array([[1.0 + 1.0j, 2.0, 3.0], [1.0, 5.0, 2.0j]])
    check_values(np.corrcoef, z)
    check_values(lambda t: np.cov(t, aweights=[0.5, 1.0, 0.25]), z)


@pytest.mark.parametrize("function", [np.sum, np.prod, np.cumsum, np.cumprod, np.nansum, np.trace])
@pytest.mark.parametrize("dtype", [np.int8, np.float32])
def test_the_result_has_the_dtype_that_is_asked_for(function, dtype):
    check_values(lambda t: function(t, dtype=dtype), np.array([[1, 2], [3, 4]]))


@pytest.mark.parametrize("name", ["mean", "var", "std"])
def test_means_and_variances_of_no_entries_are_nan_with_numpys_warning(name):
    function, array = getattr(np, name), np.zeros((2, 0))
    x = cr.variable(array)
    xp = x.__array_namespace__()
    calls = {
        "NumPy's": lambda: function(x),
        "the method": lambda: getattr(x, name)(axis=1)[0],
        "the standard's": lambda: getattr(xp, name)(x),
    }
    for who, call in calls.items():
        with pytest.warns(RuntimeWarning, match="Mean of empty slice"):
            assert np.isnan(call().value), who
    with pytest.warns(RuntimeWarning, match="Mean of empty slice"):
        assert cr.grad(lambda t: 3.0 * function(t))(array).shape == (2, 0)
    assert function(x, axis=0).shape == (0,)  # of two entries each
    assert np.isnan(function(cr.variable(np.ones(2)), where=[False, False]).value)
    traced = cr.trace(function, cr.spec((2, 0)))
    with pytest.warns(RuntimeWarning, match="Mean of empty slice"):
        assert np.isnan(Evaluator(traced)(array)[0])


@pytest.mark.parametrize("function", [np.median, lambda x: np.quantile(x, 0.5)])
def test_middles_of_no_entries_are_refused(function):
    with pytest.raises(ShapeError, match="expected at least one entry"):
        function(cr.variable(np.zeros(0)))
