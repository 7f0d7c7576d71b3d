"""`chainrule.scipy`: SciPy's names, recorded where tensors are arguments, and its own elsewhere."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import scipy.special
import scipy.stats

import chainrule as cr
from chainrule.errors import DifferentiationError, DomainError, OptionError
from chainrule.ops.registry import NUMPY, home, recorder
from chainrule.scipy import special, stats


def test_plain_calls_are_scipys_own():
    assert type(special.gammaln(3.0)) is np.float64
    found = special.logsumexp([[1.0, 2.0]], axis=1, return_sign=True)
    np.testing.assert_array_equal(found, scipy.special.logsumexp([[1, 2]], 1, return_sign=True))
    assert stats.norm.cdf(0.0) == 0.5
    assert stats.norm(1.0, 2.0).mean() == 1.0
    assert stats.norm.name == "norm"
    assert special.airy(0.0)[0] == scipy.special.airy(0.0)[0]
    assert stats.gaussian_kde is scipy.stats.gaussian_kde


def test_lists_of_tensors_are_recorded():
    def total(x):
        return special.logsumexp([x[0], 2.0, x[1]]) + special.gammaln([x[0], 1.0])[0]

    x = np.array([1.0, 3.0])
    expected = scipy.special.softmax([1.0, 2.0, 3.0])[[0, 2]]
    expected[0] += scipy.special.digamma(1.0)
    np.testing.assert_allclose(cr.grad(total)(x), expected)


def test_scipys_own_ufuncs_record_tensors():
    x = cr.variable([1.5, 2.5])
    np.testing.assert_array_equal(scipy.special.gammaln(x).value, scipy.special.gammaln([1.5, 2.5]))
    assert cr.grad(lambda x: scipy.special.jv(0, x))(1.0) == -scipy.special.j1(1.0)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda x: special.airy(x), "scipy.special.airy: "),
        (
            lambda x: special.logsumexp(x, return_sign=True),
            "special.logsumexp: .*return_sign",
        ),
        (lambda x: special.gamma(x, out=np.zeros(2)), "scipy.special.gamma with out: "),
        (lambda x: special.yn(0.5, x), "scipy.special.yn: expected a whole order n, got .*yv"),
        (lambda x: special.multigammaln(x, 1.5), "scipy.special.multigammaln d: "),
        (lambda x: stats.cauchy.pdf(x), "scipy.stats.cauchy.pdf: "),
        (lambda x: stats.norm.rvs(x), "scipy.stats.norm.rvs: "),
        (
            lambda x: stats.norm.pdf(x, spread=1),
            "norm.pdf: .*x, loc, scale, got spread",
        ),
        (lambda x: stats.norm.pdf(x, 0, 1, 2), "scipy.stats.norm.pdf: .*, got 2"),
        (lambda x: stats.norm.pdf(x, x=1), "scipy.stats.norm.pdf: "),
        (lambda x: stats.t.pdf(x), "scipy.stats.t.pdf: .*none for df"),
        (lambda x: stats.multivariate_normal.cdf(x), "scipy.stats.multivariate_normal.cdf: "),
        (lambda x: stats.ks_2samp(x, x), "scipy.stats.ks_2samp: "),
    ],
)
def test_what_is_not_recorded_is_refused_by_name(call, says):
    with pytest.raises(OptionError, match=says):
        call(cr.variable([0.5, 1.5]))


def test_the_multivariate_gamma_function_has_a_domain():
    with pytest.raises(DomainError, match=r"multigammaln: expected a above \(d - 1\)/2 = 1, got 1"):
        special.multigammaln(cr.variable([1.0, 2.0]), 3)


ORDERED = {
    "jv": "v", "yv": "v", "yn": "n", "iv": "v", "ive": "v", "kv": "v", "kve": "v",
    "polygamma": "n", "gammainc": "a", "gammaincc": "a", "stdtr": "df",
}  # fmt: skip


@pytest.mark.parametrize("name", ORDERED)
def test_a_derivative_by_an_order_is_refused(name):
    function = getattr(special, name)
    with pytest.raises(DifferentiationError, match=rf"{name}: expected a constant {ORDERED[name]}"):
        cr.grad(function)(1.0, 2.0)
    cr.grad(function, argnums=1)(1.0, 2.0)


@pytest.mark.parametrize("name", ["betainc", "betaincc", "hyp1f1"])
@pytest.mark.parametrize("argnum", [0, 1])
def test_a_derivative_by_a_parameter_is_refused(name, argnum):
    with pytest.raises(DifferentiationError, match=f"{name}: expected a constant {'ab'[argnum]}"):
        cr.grad(getattr(special, name), argnums=argnum)(1.0, 2.0, 0.5)


def test_nothing_of_scipys_is_imported_before_it_is_used():
    code = """
import sys
import chainrule as cr
def loaded(): return {name for name in sys.modules if name.startswith("scipy.")}
assert not loaded(), loaded()
x = cr.variable(1.5)
x * x
assert not any(name.startswith("chainrule.ops.special") for name in sys.modules)
import scipy.special
assert scipy.special.gammaln(x).shape == ()
assert "scipy.stats" not in sys.modules
"""
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


def test_a_function_is_found_in_its_public_module():
    assert home(scipy.special.erf) == home(scipy.special.logsumexp) == "scipy.special"
    assert home(scipy.stats.norm.pdf) == "scipy.stats"
    assert home(np.sin) == "numpy"
    assert home(np.linalg.inv) == "numpy.linalg"
    assert recorder(np.busday_count) is None


# composed functions, which the contract of primitives does not reach

X = np.array([[0.3, -1.2, 0.7], [2.0, 0.1, -0.4]])
WEIGHTS = np.array([[1.0, 0.0, 2.0], [0.5, 3.0, 1.5]])


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("b", [None, WEIGHTS, WEIGHTS[1], 2.0])
def test_logsumexp(axis, keepdims, b):
    def function(x, b=b):
        return special.logsumexp(x, axis, b, keepdims)

    found = function(cr.variable(X))
    expected = scipy.special.logsumexp(X, axis, b, keepdims)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found.value, expected, rtol=1e-14)
    cr.check_grad(function, X, order=2)
    if b is not None:
        cr.check_grad(function, X, b, order=2)


def test_logsumexp_with_weights_of_0_and_large_entries():
    x, b = np.array([1000.0, 1e5, 1001.0]), np.array([1.0, 0.0, 2.0])
    value, slopes = cr.value_and_grad(lambda x: special.logsumexp(x, b=b))(x)
    assert value == scipy.special.logsumexp(x, b=b)
    np.testing.assert_allclose(slopes, np.array([1, 0, 2 * np.e]) / (1 + 2 * np.e), rtol=1e-13)
    by_weight = cr.grad(lambda b: special.logsumexp([0.0, 1.0], b=b))(np.array([1.0, 0.0]))
    np.testing.assert_allclose(by_weight, [1.0, np.e])
    value, slopes = cr.value_and_grad(lambda x: special.logsumexp(x, b=[0.0, 0.0]))(np.ones(2))
    assert value == -np.inf
    np.testing.assert_array_equal(slopes, [0.0, 0.0])
    nothing = special.logsumexp(cr.variable([-np.inf, -np.inf]), b=[1.0, 1.0])
    assert nothing.value == -np.inf


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_of_all_entries(name, axis):
    function = getattr(special, name)
    expected = getattr(scipy.special, name)(X, axis)
    np.testing.assert_allclose(function(cr.variable(X), axis).value, expected, rtol=1e-13)
    np.testing.assert_allclose(function(cr.variable(X), axis=axis).value, expected, rtol=1e-13)


@pytest.mark.parametrize("name", ["huber", "pseudo_huber"])
def test_robust_losses(name):
    function, theirs = getattr(special, name), getattr(scipy.special, name)
    deltas, errors = np.array([[0.5], [2.0], [1e3]]), np.array([0.1, -1.0, 3.0, 1e-9])
    found = function(cr.variable(deltas), cr.variable(errors)).value
    np.testing.assert_allclose(found, theirs(deltas, errors), rtol=1e-14)
    cr.check_grad(function, deltas[:2], errors[:3], order=2)
    edges = [0.0, -1.0, 0.0], [0.0, 1.0, 2.0]
    np.testing.assert_array_equal(function(*map(cr.variable, edges)).value, theirs(*edges))
    np.testing.assert_allclose(function(1.0, cr.variable(1e200)).value, 1e200)  # SciPy's overflows
    odd = [2.0, 2.0, 0.0, np.nan, np.nan], [np.inf, -np.inf, np.nan, 0.0, 2.0]
    np.testing.assert_array_equal(function(*map(cr.variable, odd)).value, theirs(*odd))
    large = function(cr.variable([1e308, 1e308]), cr.variable([2.0, 1e308])).value
    np.testing.assert_allclose(large, [2.0, np.inf])


def test_multigammaln_factorial_and_exp10():
    a = np.array([2.5, 4.0])
    for d in (1, 2, 3):
        found = special.multigammaln(cr.variable(a), d).value
        np.testing.assert_allclose(found, scipy.special.multigammaln(a, d), rtol=1e-14)
        cr.check_grad(lambda a, d=d: special.multigammaln(a, d), a, order=2)
    n = np.array([0.0, 1.5, 5.0, -1.0])
    np.testing.assert_allclose(special.factorial(cr.variable(n)).value, scipy.special.factorial(n))
    assert np.isfinite(cr.grad(lambda n: special.factorial(n).sum())(n)).all()
    np.testing.assert_allclose(cr.grad(special.exp10)(2.0), 100 * np.log(10))


def test_functions_of_other_names_are_ours():
    x = cr.variable([-0.7, 0.2])
    ours = {"expit": cr.sigmoid, "ndtr": cr.normal_cdf, "erf": cr.erf, "softplus": cr.softplus}
    ours |= {"expm1": cr.expm1, "log1p": cr.log1p, "cbrt": cr.cbrt, "exp2": cr.exp2}
    for name, function in ours.items():
        if hasattr(scipy.special, name):
            found = getattr(special, name)(x)
            np.testing.assert_array_equal(found.value, function(x).value)
            np.testing.assert_allclose(found.value, getattr(scipy.special, name)(x.value))


def test_every_recorded_function_is_reached_by_its_name():
    ours = [one for one in NUMPY if home(one) == "scipy.special"]
    assert len(ours) > 60
    for function in ours:
        assert recorder(getattr(scipy.special, function.__name__)) is NUMPY[function]


def test_distributions_are_imported_as_modules():
    """As in `import autograd.scipy.stats.norm as norm`."""
    import chainrule.scipy.stats.multivariate_normal as mvn
    import chainrule.scipy.stats.norm as norm
    from chainrule.scipy.stats.poisson import logpmf

    assert norm is stats.norm
    assert mvn is stats.multivariate_normal
    assert cr.grad(lambda x: norm.logpdf(x, 1.0, 2.0))(2.0) == -0.25
    assert cr.grad(lambda mu: logpmf(3, mu))(2.0) == 0.5
