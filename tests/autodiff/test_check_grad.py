"""check_grad: right rules pass at any scale, wrong ones never do, and a kink is called a kink."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.autodiff.adaptive_differences import central_slope, one_sided_slope
from chainrule.errors import DifferentiationError


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(
    st.sampled_from([np.log, lambda x: 1 / x, np.sqrt, lambda x: x**3, np.exp, lambda x: 1e10 + x]),
    st.integers(-60, 2),
    st.floats(1, 9.9),
    st.sampled_from([1, 2]),
)
@pytest.mark.slow
def test_right_rules_pass_and_wrong_ones_do_not(function, power, digits, order):
    x = digits * 10.0**power
    cr.check_grad(function, x, order=order)

    def wrong(x):
        return function(x) + 0.1 * (function(x) - cr.stop_gradient(function(x)))

    with pytest.raises(DifferentiationError, match="finite differences"):
        cr.check_grad(wrong, x, order=1, atol=0.0)


def test_what_cannot_be_checked_does_not_pass():
    """log is checked from close by, although long steps leave its domain."""

    def half_constant(v):
        return cr.stop_gradient(np.log(v[0])) + v[1] ** 2

    with pytest.raises(
        DifferentiationError, match=r"expected (1000000|999999)\d+.* at \(0,\), got 0"
    ):
        cr.check_grad(half_constant, np.array([1e-9, 1.0]), order=1)
    with pytest.raises(DifferentiationError, match="settle on a number"):
        cr.check_grad(np.sqrt, 0.0)


@pytest.mark.parametrize(
    ("function", "point", "message"),
    [
        (cr.relu, 0.0, "no kink, where the slope is -?0 below and 1 above"),
        (lambda x: np.where(x > 0, 3 * x, x), np.array([1.0, 0.0]), r"3 above at \(1, 1\), got 1"),
        (lambda x: cr.leaky_relu(x, 0.25), 0.0, "0.25 below and 1 above"),
        (cr.step, 0.0, "no jump, where the value is 0 below and 1 above"),
        (np.abs, 0.0, "argument 0: expected no kink, where the slope is -1 below and 1 above"),
        (lambda v: np.maximum(v[0], v[1]), np.ones(2), "no kink, where the slope is 0 below and 1"),
    ],
)
def test_kinks_and_jumps(function, point, message):
    with pytest.raises(DifferentiationError, match=message):
        cr.check_grad(function, point)


@pytest.mark.parametrize("x", [1e-6, -1e-6, 0.3])
def test_beside_a_kink(x):
    assert cr.check_grad(np.abs, x) < 1e-8
    assert cr.check_grad(cr.relu, x) < 1e-8


@pytest.mark.parametrize("x", [0.0, 1e-8, -3.0, 1e5])
def test_slopes_have_true_error_bounds(x):
    for function, slope in (
        (np.sin, np.cos),
        (np.exp, np.exp),
        (np.arctan, lambda x: 1 / (1 + x * x)),
    ):
        with np.errstate(over="ignore"):
            expected = slope(x)
        if not np.isfinite(expected):
            continue
        for found in (
            central_slope(function, x),
            one_sided_slope(function, x, 1),
            one_sided_slope(function, x, -1),
        ):
            assert abs(found.value - expected) <= 2 * found.error + 1e-15
            assert found.error < 1e-3


@pytest.mark.parametrize("x", [1e12, 1e15])
def test_noise_is_no_jump(x):
    """Neighbouring numbers are far apart for the sine here."""
    with pytest.raises(DifferentiationError, match="ends or is too noisy"):
        cr.check_grad(np.sin, x)


def test_at_the_end_of_a_domain():
    assert cr.check_grad(lambda x: np.sqrt(x) ** 3 * np.sqrt(x) + x, 1e-7, order=1) < 1e-6


@pytest.mark.parametrize(
    ("function", "point"),
    [
        (np.abs, 0.0),
        (lambda x: np.maximum(x, -x), 0.0),
        (lambda x: x**2 + 0.01 * np.abs(x - 1), 1.0),
        (lambda x: np.sum(np.abs(x) * np.arange(3.0)), np.array([1.0, 2.0, 0.0])),
    ],
)
def test_a_rule_with_the_mean_of_both_slopes_does_not_hide_a_kink(function, point):
    """Central differences have the mean, too: only one-sided ones see it."""
    with pytest.raises(DifferentiationError, match="no kink, where the slope is"):
        cr.check_grad(function, point, order=1)


@pytest.mark.parametrize("function", [np.square, lambda x: x**3, np.exp, lambda x: 1e8 * x**2])
def test_a_curve_is_no_kink(function):
    for point in (0.0, 1.0, -3.0, np.array([1e-5, 0.0, 200.0])):
        cr.check_grad(function, point, order=1)
