"""Distributions: values are SciPy's, gradients are those of central differences."""

from __future__ import annotations

import copy

import mpmath
import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import DifferentiationError, DomainError, OptionError, ShapeError
from chainrule.scipy import stats

X = np.array([0.15, 0.4, 0.85])
CONTINUOUS = ("pdf", "logpdf", "cdf", "sf", "logcdf", "logsf")
DISCRETE = ("pmf", "logpmf", "cdf", "sf", "logcdf", "logsf")

DISTRIBUTIONS = {
    "norm": ((), CONTINUOUS),
    "t": ((3.5,), CONTINUOUS),
    "gamma": ((2.5,), CONTINUOUS),
    "chi2": ((5.0,), CONTINUOUS),
    "beta": ((2.5, 1.5), CONTINUOUS),
    "poisson": ((1.7,), DISCRETE),
}
METHODS = [(name, method) for name, (_, methods) in DISTRIBUTIONS.items() for method in methods]


def points(name: str) -> np.ndarray:
    return np.array([0.0, 1.0, 4.0]) if name == "poisson" else X


def places(name: str) -> list[tuple[float, ...]]:
    """Locations and scales, as positional arguments."""
    return [(), (0.0,), (-1.0,)] if name == "poisson" else [(), (-0.2,), (-0.2, 1.5)]


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_values(name, method):
    ours, theirs = (getattr(getattr(module, name), method) for module in (stats, scipy.stats))
    parameters, x = DISTRIBUTIONS[name][0], points(name)
    for place in places(name):
        found, expected = ours(cr.variable(x), *parameters, *place), theirs(x, *parameters, *place)
        np.testing.assert_allclose(found.value, expected, rtol=1e-12)
    named = dict(zip(("loc", "scale"), places(name)[-1], strict=False))
    found = ours(cr.variable(x), *parameters, **named).value
    np.testing.assert_allclose(found, theirs(x, *parameters, **named), rtol=1e-12)
    single = ours(cr.variable(x.astype(np.float32)), *parameters, *places(name)[-1])
    assert single.dtype == np.float32
    np.testing.assert_allclose(single.value, theirs(x, *parameters, *places(name)[-1]), rtol=2e-5)


# by these no rule is known
FIXED = {
    (name, method)
    for name, method in METHODS
    if name != "norm" and method not in ("pdf", "logpdf", "pmf", "logpmf")
}


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_gradients(name, method):
    function, parameters = getattr(getattr(stats, name), method), DISTRIBUTIONS[name][0]
    args = [points(name), *map(np.array, parameters)]
    if name == "poisson":
        wrt = [1]
    else:
        args += [np.array(-0.2), np.array(1.5)]
        wrt = [
            i
            for i in range(len(args))
            if (name, method) not in FIXED or i in (0, len(args) - 2, len(args) - 1)
        ]

    def of(*chosen):
        full = list(args)
        for i, one in zip(wrt, chosen, strict=True):
            full[i] = one
        return function(*full)

    cr.check_grad(of, *(args[i] for i in wrt), order=2, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "method"), sorted(FIXED - {("poisson", m) for m in DISCRETE}))
def test_a_derivative_by_a_shape_is_refused(name, method):
    function, parameters = getattr(getattr(stats, name), method), DISTRIBUTIONS[name][0]
    with pytest.raises(DifferentiationError, match="expected a constant"):
        cr.grad(lambda a: function(0.5, a, *parameters[1:]))(parameters[0])


OUTSIDE = {
    "gamma": [-0.5, 0.0, 1e4],
    "chi2": [-0.5, 0.0, 1e4],
    "beta": [-0.5, 1.5, 0.0, 1.0],
    "norm": [-40.0, 40.0, 1e200],
    "t": [-1e10, 1e10],
    "poisson": [-1.0, 0.5, 2.0, 1000.0],
}


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_outside_the_support_and_far_out(name, method):
    ours, theirs = (getattr(getattr(module, name), method) for module in (stats, scipy.stats))
    parameters, x = DISTRIBUTIONS[name][0], np.array(OUTSIDE[name])
    found = ours(cr.variable(x), *parameters)
    with np.errstate(over="ignore"):
        expected = theirs(x, *parameters)
    np.testing.assert_allclose(found.value, expected, rtol=1e-11, atol=1e-300)
    if name != "poisson":
        slopes = cr.grad(lambda x: cr.sum(ours(x, *parameters)))(x)
        assert not np.isnan(slopes[np.isfinite(found.value)]).any()


@pytest.mark.parametrize("name", ["norm", "t", "gamma", "chi2", "beta"])
@pytest.mark.parametrize("method", CONTINUOUS)
def test_no_number_for_a_scale_that_is_not_positive(name, method):
    function, parameters = getattr(getattr(stats, name), method), DISTRIBUTIONS[name][0]
    assert np.isnan(function(cr.variable(X), *parameters, 0.0, -1.0).value).all()


def test_quantiles():
    q = np.array([1e-300, 0.1, 0.5, 0.975])
    for method in ("ppf", "isf"):
        ours, theirs = getattr(stats.norm, method), getattr(scipy.stats.norm, method)
        np.testing.assert_allclose(ours(cr.variable(q), 1.0, 2.0).value, theirs(q, 1, 2))
        cr.check_grad(ours, q[1:], np.array(1.0), np.array(2.0))


def test_parameters_may_be_given_before():
    mean, spread = cr.variables(mean=0.3, spread=1.5)
    given = stats.norm(mean, scale=spread)
    loss = -cr.sum(given.logpdf(X))
    slopes = loss.gradients()
    z = (X - 0.3) / 1.5
    np.testing.assert_allclose(slopes["mean"].value, -np.sum(z) / 1.5)
    np.testing.assert_allclose(slopes["spread"].value, np.sum(1 - z**2) / 1.5)


def test_a_distribution_is_one_object_that_can_be_copied():
    assert stats.norm is stats.norm
    assert copy.deepcopy(stats.norm).pdf(0.0) == scipy.stats.norm.pdf(0.0)
    assert repr(stats.norm) == repr(scipy.stats.norm)
    assert "logpdf" in dir(stats.norm)
    assert not hasattr(stats.norm, "nothing")
    assert not hasattr(stats, "nothing")


def log(probability, rest):
    return mpmath.log(probability) if probability < 0.5 else mpmath.log1p(-rest)


FINITE = {"allow_nan": False, "width": 32}


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(st.floats(-30, 30, **FINITE), st.floats(-5, 5, **FINITE), st.floats(0.125, 8, **FINITE))
def test_the_normal_distribution_keeps_its_digits(x, loc, scale):
    with mpmath.workdps(60):
        z = (mpmath.mpf(x) - mpmath.mpf(loc)) / mpmath.mpf(scale)
        below, above = mpmath.ncdf(z), mpmath.ncdf(-z)
        density = mpmath.npdf(z) / mpmath.mpf(scale)
        for method, expected in (
            ("pdf", density), ("logpdf", mpmath.log(density)), ("cdf", below), ("sf", above),
            ("logcdf", log(below, above)), ("logsf", log(above, below)),
        ):  # fmt: skip
            found = getattr(stats.norm, method)(cr.variable(x), loc, scale).item()
            room = 1e-13 * (1 + abs(float(z)) ** 2) * abs(float(expected)) + 1e-300
            assert abs(found - float(expected)) <= room, method
        slope = cr.grad(lambda x: stats.norm.logcdf(x, loc, scale))(x)
        assert slope == pytest.approx(float(density / below), rel=1e-12 * (1 + abs(float(z)) ** 2))


SHAPES = st.floats(0.25, 50, **FINITE)


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(
    st.sampled_from(["t", "gamma", "chi2", "beta"]),
    SHAPES,
    SHAPES,
    st.floats(0.001953125, 0.998046875, **FINITE),
    st.floats(-5, 5, **FINITE),
    st.floats(0.125, 8, **FINITE),
)
def test_the_slope_of_a_distribution_function_is_scipys_density(name, a, b, q, loc, scale):
    theirs, ours = getattr(scipy.stats, name), getattr(stats, name)
    given = (a, b, loc, scale) if name == "beta" else (a, loc, scale)
    x = float(theirs.ppf(q, *given))
    density, below = theirs.pdf(x, *given), theirs.cdf(x, *given)
    assume(np.isfinite(density) and 0 < below < 1)
    near = {"rel": 1e-7, "abs": 1e-12}
    assert ours.pdf(cr.variable(x), *given).item() == pytest.approx(density, **near)
    assert cr.grad(lambda x: ours.cdf(x, *given))(x) == pytest.approx(density, **near)
    assert cr.grad(lambda x: ours.sf(x, *given))(x) == pytest.approx(-density, **near)
    by_log = cr.grad(lambda x: ours.logcdf(x, *given))(x)
    assert by_log == pytest.approx(density / below, **near)


@settings(max_examples=40, derandomize=True, database=None, deadline=None)
@given(st.integers(0, 60), st.floats(0.125, 60, **FINITE))
def test_the_poisson_distribution_function_falls_with_its_mean(k, mu):
    """∂F(k)/∂μ = −P(k)."""
    slope = cr.grad(lambda mu: stats.poisson.cdf(k, mu))(mu)
    assert slope == pytest.approx(-scipy.stats.poisson.pmf(k, mu), rel=1e-9, abs=1e-300)


# multivariate normal

MEAN = np.array([0.3, -0.5, 1.0])
COVARIANCE = np.array([[2.0, 0.3, -0.2], [0.3, 1.5, 0.4], [-0.2, 0.4, 1.0]])
POINTS = np.array([[0.0, 0.1, 0.5], [1.0, -2.0, 0.0], [0.3, 0.3, 0.3], [2.0, 2.0, -1.0]])


def symmetric(cov):
    return 0.5 * (cov + cr.transpose(cov))


@pytest.mark.parametrize("method", ["pdf", "logpdf"])
@pytest.mark.parametrize("x", [POINTS[0], POINTS, POINTS.reshape(2, 2, 3), POINTS[:1]])
def test_multivariate_normal(method, x):
    ours, theirs = (getattr(module.multivariate_normal, method) for module in (stats, scipy.stats))
    found, expected = ours(cr.variable(x), MEAN, COVARIANCE), theirs(x, MEAN, COVARIANCE)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found.value, expected, rtol=1e-12)
    cr.check_grad(
        lambda x, mean, cov: ours(x, mean, symmetric(cov)), x, MEAN, COVARIANCE, order=2, rtol=1e-5
    )


@pytest.mark.parametrize(
    ("x", "mean", "cov"),
    [
        (0.5, None, 1), (0.5, 0.2, 2.0), ([0.5, 1.0], 0.2, 2.0), ([0.5, 1.0], [0.2, 0.1], 2.0),
        ([[0.5, 1.0]], [0.2, 0.1], [1.0, 2.0]),
        ([0.5, 1.0], None, [[1.0, 0.5], [0.5, 2.0]]), ([0.5], [0.1], [[2.0]]),
    ],
)  # fmt: skip
def test_forms_of_the_covariance(x, mean, cov):
    found = stats.multivariate_normal.logpdf(cr.variable(x), mean, cov)
    expected = scipy.stats.multivariate_normal.logpdf(x, mean, cov)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found.value, expected, rtol=1e-13)


def test_a_singular_covariance():
    cov = np.diag([1.0, 2.0, 0.0])
    x = np.array([[0.5, 1.0, 1.0], [0.5, 1.0, 2.0]])
    found = stats.multivariate_normal.logpdf(cr.variable(x), MEAN, cov, allow_singular=True)
    expected = scipy.stats.multivariate_normal.logpdf(x, MEAN, cov, allow_singular=True)
    np.testing.assert_allclose(found.value, expected, rtol=1e-13)
    slope = cr.grad(lambda x: stats.multivariate_normal.logpdf(x, MEAN, cov, allow_singular=True))
    np.testing.assert_allclose(slope(x[0]), [-0.2, -0.75, 0.0])
    with pytest.raises(DomainError, match="allow_singular=True"):
        stats.multivariate_normal.logpdf(cr.variable(x), MEAN, cov)
    with pytest.raises(DomainError, match="positive definite"):
        stats.multivariate_normal.logpdf(cr.variable(x), MEAN, -COVARIANCE)
    with pytest.raises(DifferentiationError, match="constant covariance"):
        stats.multivariate_normal.pdf(x, MEAN, cr.variable(cov), allow_singular=True)


def test_entropy():
    found = stats.multivariate_normal.entropy(MEAN, cr.variable(COVARIANCE))
    np.testing.assert_allclose(
        found.value, scipy.stats.multivariate_normal.entropy(MEAN, COVARIANCE)
    )
    cr.check_grad(lambda cov: stats.multivariate_normal.entropy(MEAN, symmetric(cov)), COVARIANCE)


@pytest.mark.parametrize(
    ("mean", "cov"), [([[0.0]], 1), ([0.0, 0.0], np.eye(3)), ([0.0, 0.0, 0.0], np.ones((2, 3)))]
)
def test_shapes_that_do_not_fit(mean, cov):
    with pytest.raises(ShapeError, match="multivariate_normal: "):
        stats.multivariate_normal.pdf(cr.variable([0.0, 0.0]), mean, cov)


# Dirichlet

ALPHA = np.array([0.5, 2.0, 3.0])
SHARES = np.array([[0.2, 0.6], [0.3, 0.1], [0.5, 0.3]])


@pytest.mark.parametrize("method", ["pdf", "logpdf"])
@pytest.mark.parametrize("x", [SHARES[:, 0], SHARES, SHARES[:2], SHARES[:2, 1]])
def test_dirichlet(method, x):
    ours, theirs = (getattr(module.dirichlet, method) for module in (stats, scipy.stats))
    found = ours(cr.variable(x), ALPHA)
    np.testing.assert_allclose(found.value, theirs(x, ALPHA), rtol=1e-12)
    cr.check_grad(lambda alpha: ours(x, alpha), ALPHA, order=2)

    def of_weights(w):
        return ours(w / cr.sum(w, 0), ALPHA)

    if len(x) == 3:
        cr.check_grad(of_weights, x, order=2, rtol=1e-5)


@pytest.mark.parametrize(
    ("x", "alpha", "says"),
    [
        ([0.5, 0.6], [1.0, 1.0], "sum is 1"),
        ([-0.5, 1.5], [1.0, 1.0], "above 0"),
        ([0.5, 0.5], [1.0, 0.0], "alpha above 0"),
    ],
)
def test_what_is_no_share(x, alpha, says):
    with pytest.raises(OptionError, match=says):
        stats.dirichlet.pdf(cr.variable(x), alpha)
    with pytest.raises(ShapeError, match="dirichlet: "):
        stats.dirichlet.pdf(cr.variable(x), [1.0])
