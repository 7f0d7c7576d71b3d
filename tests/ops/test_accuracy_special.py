"""Special functions and their first derivatives keep their digits: against mpmath, far out too.

The error is bounded by units of the last place of the result, and of what it would be for an
argument wrong in its last place.
"""

from __future__ import annotations

import functools
from functools import partial

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import chainrule as cr
from chainrule.ops import special as sp
from ops.formulas import CALLS

DTYPES = [np.float32, np.float64]
DIGITS = 60
SLOW = {"k0", "k1", "y0", "y1"}
"""What mpmath computes as a limit; with 25 digits, fast enough."""

EXACT = {
    **CALLS,
    "log_ndtr": lambda x: mpmath.log(mpmath.ncdf(x)) if x < 0 else mpmath.log1p(-mpmath.ncdf(-x)),
    "log_expit": lambda x: -mpmath.log1p(mpmath.exp(-x)),
    "exprel": lambda x: mpmath.expm1(x) / x,
    "xlog1py": lambda x, y: x * mpmath.log1p(y),
    "erfcx": lambda x: mpmath.exp(x * x) * mpmath.erfc(x),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
}

# by name: what is given, the points, and the units that the value and the slope may be wrong by
FUNCTIONS: dict[str, tuple[tuple[float, ...], list[float], float, float]] = {
    "erfc": ((), [-5, -0.5, 1e-10, 0.5, 5, 9], 12, 12),
    "erfcx": ((), [-5, -0.5, 1e-10, 0.5, 5, 9.9, 10.1, 30, 1e4, 1e10], 12, 800),
    "erfinv": ((), [-0.999, -0.5, 1e-10, 0.3, 0.99], 12, 50),
    "erfcinv": ((), [1e-10, 0.01, 0.5, 1.5, 1.99], 12, 50),
    "log_ndtr": ((), [-1e10, -1e4, -38, -5, -1, -1e-5, 0.5, 3, 8], 50, 50),
    "ndtri": ((), [1e-10, 0.01, 0.3, 0.7, 0.99], 12, 200),
    "ndtri_exp": ((), [-40, -5, -0.7, -0.1], 50, 50),
    "gamma": ((), [1e-10, 0.1, 0.5, 1.5, 3.3, 12.5, 30, -0.5, -2.7], 50, 100),
    "gammaln": ((), [1e-10, 0.1, 0.5, 0.999, 1.001, 1.4, 1.999, 2.001, 3, 50, 1e6], 12, 50),
    "loggamma": ((), [1e-10, 0.1, 0.5, 0.999, 1.001, 1.4, 1.999, 2.001, 3, 50, 1e6], 12, 50),
    "digamma": ((), [1e-10, 0.1, 0.5, 1, 1.46, 1.5, 3, 50, 1e6, -0.5, -2.7], 50, 50),
    "polygamma": ((1,), [1e-5, 0.1, 1, 3, 50, 1e6], 50, 50),
    "rgamma": ((), [1e-10, 0.1, 0.499, 0.501, 1.5, 3.3, 12.5, -0.5, -0.999, -1.001, -2.7], 50, 200),
    "betaln": ((2.5,), [1e-10, 0.1, 1, 30, 300, 1e7], 200, 50),
    "beta": ((2.5,), [1e-5, 0.1, 1, 30, 100], 200, 200),
    "gammainc": ((2.5,), [1e-10, 0.1, 1, 3, 10], 50, 100),
    "gammaincc": ((2.5,), [1e-10, 0.1, 1, 3, 10, 60], 200, 200),
    "betainc": ((2.5, 1.5), [1e-5, 0.1, 0.5, 0.9, 0.99], 50, 200),
    "betaincc": ((2.5, 1.5), [1e-5, 0.1, 0.5, 0.9, 0.99], 50, 200),
    "stdtr": ((3.5,), [-1e4, -30, -1, -1e-5, 0.3, 3], 200, 200),
    "xlogy": ((2.5,), [1e-10, 0.1, 0.999, 1.001, 1e30], 12, 12),
    "xlog1py": ((2.5,), [-0.999, -1e-10, 1e-10, 0.1, 1e30], 12, 12),
    "entr": ((), [1e-10, 0.1, 0.999, 1.001, 1e10], 12, 12),
    "rel_entr": ((2.5,), [1e-10, 2.4, 2.6, 1e10, 1e30], 50, 12),
    "kl_div": ((2.5,), [1e-10, 2.2, 2.4, 2.4999, 2.5001, 2.6, 2.8, 1e10, 1e30], 12, 12),
    "log_expit": ((), [-1e3, -30, -1, -1e-10, 1, 30, 80], 12, 12),
    "sigmoid": ((), [-80, -30, -1, -1e-10, 1], 12, 12),
    "logit": ((), [1e-10, 0.1, 0.499, 0.501, 0.99], 12, 12),
    "exprel": ((), [-1e3, -1, -1e-10, 1e-10, 1, 80], 12, 100),
    "exp1": ((), [1e-10, 0.1, 1, 10, 80], 50, 12),
    "expi": ((), [1e-10, 0.1, 1, 10, 80, -1, -10], 50, 12),
    "dawsn": ((), [-1e4, -30, -3, 1e-10, 0.1, 1, 3, 9.9, 10.1, 1e10], 50, 800),
    "j0": ((), [1e-5, 0.5, 2, 5, 30], 50, 50),
    "j1": ((), [1e-5, 0.5, 2, 5, 30], 50, 50),
    "jv": ((1.5,), [1e-3, 0.5, 2, 5, 30], 200, 200),
    "y0": ((), [1e-5, 0.5, 2, 5, 30], 50, 50),
    "y1": ((), [1e-3, 0.5, 2, 5, 30], 50, 50),
    "yv": ((1.5,), [1e-3, 0.5, 2, 5, 30], 200, 200),
    "i0": ((), [-30, 1e-5, 0.5, 2, 30, 80], 50, 50),
    "i1": ((), [-30, 1e-5, 0.5, 2, 30, 80], 50, 50),
    "i0e": ((), [-1e4, -31, 1e-5, 0.5, 2, 29, 31, 1e4], 50, 400),
    "i1e": ((), [-1e4, -31, 1e-5, 0.5, 2, 29, 31, 1e4], 50, 400),
    "iv": ((1.5,), [1e-3, 0.5, 2, 30, 80], 200, 200),
    "ive": ((1.5,), [1e-3, 0.5, 2, 29, 31, 1e4], 200, 400),
    "k0": ((), [0.01, 2, 20], 50, 50),
    "k1": ((), [0.01, 2, 20], 50, 50),
    "kv": ((1.5,), [1e-3, 0.5, 2, 30, 80], 200, 200),
    "kve": ((1.5,), [1e-3, 0.5, 2, 29, 31, 1e3, 1e6], 200, 400),
}  # fmt: skip


@functools.cache
def answers(name: str) -> tuple[np.ndarray, list[tuple[mpf, mpf, mpf]]]:
    """The points, which float32 holds, and the exact value and two derivatives at each."""
    given, points, *_ = FUNCTIONS[name]
    exact = partial(EXACT[name], *map(mpf, given))
    x = np.array(points, np.float32)
    with mpmath.workdps(25 if name in SLOW else DIGITS):
        at = [mpf(float(one)) for one in x]
        found = [
            (exact(one), *(mpmath.diff(exact, one, n, relative=True) for n in (1, 2))) for one in at
        ]
    return x, found


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_digits(name, dtype):
    given, _, *units = FUNCTIONS[name]
    function = partial(getattr(sp, name, None) or getattr(cr, name), *given)
    points, exact = answers(name)
    x = points.astype(dtype)
    found, slopes = function(x), cr.grad(lambda x: cr.sum(function(x)))(x)
    assert found.dtype == slopes.dtype == dtype
    info = np.finfo(dtype)
    for at, got, (value, first, second) in zip(
        x, zip(found.value, slopes, strict=True), exact, strict=True
    ):
        for one, expected, change, allowed in zip(
            got, (value, first), (first, second), units, strict=True
        ):
            if abs(expected) > info.max:
                assert np.isinf(one)
                continue
            room = allowed * float(info.eps) * (abs(expected) + abs(float(at) * change))
            error = abs(mpf(float(one)) - expected)
            assert error <= room + float(info.tiny), (float(at), one, float(expected))


def _difference(n):
    return lambda a, b: mpmath.polygamma(n, a) - mpmath.polygamma(n, a + b)


@pytest.mark.parametrize(
    ("a", "b"), [(1e15, 1.0), (1e4, 2.5), (30.0, 1e-3), (1e-4, 1e-9), (0.5, 1e9), (10.0, 9.0)]
)
def test_differences_of_digamma_keep_their_digits(a, b):
    with mpmath.workdps(DIGITS):
        expected = _difference(0)(mpf(a), mpf(b))
        slopes = [_difference(1)(mpf(a), mpf(b)), -mpmath.polygamma(1, mpf(a) + mpf(b))]
    assert abs(sp.polygamma_difference(a, b).item() / float(expected) - 1) < 1e-13
    found = cr.grad(sp.polygamma_difference, argnums=(0, 1))(a, b)
    np.testing.assert_allclose(found[1], float(slopes[1]), rtol=1e-13)
    large = float(mpmath.polygamma(1, mpf(a)))
    np.testing.assert_allclose(found[0], float(slopes[0]), rtol=1e-13, atol=1e-14 * large)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("name", ["erfcx", "dawsn", "i0e", "i1e", "ive", "kve"])
def test_higher_derivatives_far_out_and_of_either_sign(name, order):
    given = {"ive": (2.0,), "kve": (1.5,)}.get(name, ())
    points = [12.0, 40.0, 1e3] if name in ("erfcx", "kve") else [12.0, 40.0, 1e3, -12.0, -40.0]
    if name in ("i0e", "i1e", "ive"):
        points = [x for x in points if abs(x) > 30]
    function = partial(getattr(sp, name), *given)
    exact = partial(EXACT[name], *map(mpf, given))
    for _ in range(order):
        function = cr.grad(function)
    with mpmath.workdps(DIGITS):
        expected = [float(mpmath.diff(exact, mpf(x), order)) for x in points]
    np.testing.assert_allclose([float(function(x)) for x in points], expected, rtol=1e-12)
