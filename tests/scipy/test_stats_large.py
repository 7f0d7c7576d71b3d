"""Log-densities of large parameters, whose terms nearly cancel, against mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import chainrule as cr
from chainrule.scipy import special, stats


def _gamma(z, a):
    return (a - 1) * mpmath.log(z) - z - mpmath.loggamma(a)


def _beta(z, a, b):
    gammas = mpmath.loggamma(a + b) - mpmath.loggamma(a) - mpmath.loggamma(b)
    return (a - 1) * mpmath.log(z) + (b - 1) * mpmath.log1p(-z) + gammas


CASES = {
    "gamma": (stats.gamma.logpdf, _gamma, [(1e6, 1e6), (9.9e3, 1e4), (12.0, 10.0), (3.0, 9.5)]),
    "chi2": (
        stats.chi2.logpdf,
        lambda z, n: _gamma(z / 2, n / 2) - mpmath.log(2),
        [(1e3, 1e3), (2e6, 2.001e6)],
    ),
    "beta": (stats.beta.logpdf, _beta, [(0.5, 1e3, 1e3), (0.25, 1e5, 3.1e5), (0.75, 30.0, 9.5)]),
    "poisson": (
        lambda mu, k: stats.poisson.logpmf(k, mu),
        lambda mu, k: _gamma(mu, k + 1),
        [(1e6, 1e6), (1e3, 1001.0), (3.0, 8.0)],
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CASES)
def test_the_digits_of_log_densities(name, dtype):
    function, exact, points = CASES[name]
    close = {"rtol": 50 * np.finfo(dtype).eps, "atol": np.finfo(dtype).eps}
    for point in points:
        args = [dtype(one) for one in point]
        wide = [mpf(float(one)) for one in args]
        with mpmath.workdps(50):
            value = float(exact(*wide))
            slopes = [
                float(mpmath.diff(exact, tuple(wide), tuple(int(j == i) for j in range(len(wide)))))
                for i in range(len(wide))
            ]
        found = function(*map(cr.variable, args))
        assert found.dtype == dtype
        np.testing.assert_allclose(found.value, value, **close)
        wanted = tuple(range(1 if name == "poisson" else len(args)))
        of_them = cr.grad(function, argnums=wanted)(*args)
        for got, slope in zip(of_them, slopes, strict=False):
            assert abs(got - slope) <= close["rtol"] * abs(slope)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_slopes_of_distribution_functions_are_densities(dtype):
    for z, a in [(1e6, 1e6), (11.0, 10.0)]:
        found = cr.grad(lambda z, a=a: special.gammainc(dtype(a), z))(dtype(z))
        with mpmath.workdps(50):
            expected = float(mpmath.exp(_gamma(mpf(z), mpf(a))))
        np.testing.assert_allclose(found, expected, rtol=200 * np.finfo(dtype).eps)
    for z, a, b in [(0.5, 1e4, 1e4), (0.75, 30.0, 10.0)]:
        found = cr.grad(lambda z, a=a, b=b: special.betainc(dtype(a), dtype(b), z))(dtype(z))
        with mpmath.workdps(50):
            expected = float(mpmath.exp(_beta(mpf(z), mpf(a), mpf(b))))
        np.testing.assert_allclose(found, expected, rtol=200 * np.finfo(dtype).eps)
