"""Values and derivatives lose no digits to cancellation: against mpmath with 350 digits.

The relative error is bounded, so that tiny results count as much as large ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

import chainrule as cr

DTYPES = [np.float32, np.float64]
UNITS = 12
"""The error that is allowed, in units of the last place of the dtype."""

mpmath.mp.dps = 350


def agree(found: Any, expected: Any, dtype: Any, scale: Any = 0) -> None:
    """Compare entry by entry, also with a scale of each that errors may be measured by.

    What is below the smallest normal number may be lost.
    """
    info = np.finfo(dtype)
    for one, other, size in np.broadcast(found, expected, scale):
        allowed = UNITS * float(info.eps) * (abs(other) + size) + float(info.tiny)
        assert abs(mpf(float(one)) - other) <= allowed, (one, other)


def exact(x: Any) -> Any:
    return np.vectorize(lambda entry: mpf(float(entry)), otypes=[object])(x)


def sigmoid(x: mpf) -> mpf:
    return 1 / (1 + mpmath.exp(-x))


FUNCTIONS: dict[Callable[..., Any], Callable[[mpf], mpf]] = {
    cr.exp: mpmath.exp,
    cr.expm1: mpmath.expm1,
    cr.log1p: mpmath.log1p,
    cr.sigmoid: sigmoid,
    cr.softplus: lambda x: mpmath.log1p(mpmath.exp(x)),
    cr.elu: lambda x: x if x > 0 else mpmath.expm1(x),
    cr.gelu: lambda x: x * mpmath.ncdf(x),
    cr.normal_cdf: mpmath.ncdf,
    cr.silu: lambda x: x * sigmoid(x),
    cr.tanh: mpmath.tanh,
    cr.erf: mpmath.erf,
    cr.sin: mpmath.sin,
    cr.cos: mpmath.cos,
    cr.sqrt: mpmath.sqrt,
    cr.tan: mpmath.tan,
    cr.arctan: mpmath.atan,
    cr.sinh: mpmath.sinh,
    cr.cosh: mpmath.cosh,
    cr.arcsinh: mpmath.asinh,
    cr.reciprocal: lambda x: 1 / x,
}
BY_OWN_VALUE = {cr.sigmoid, cr.tanh}
"""Differentiated by y·(1 − y) and 1 − y², as everywhere: exact to the unit of y, not of y′."""


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
@pytest.mark.parametrize("largest", [20.0, 1.0, 1e-3, 1e-10])
def test_functions_of_one_number(function, dtype, largest):
    """The error is at most that of an argument wrong in its last digits."""
    value = FUNCTIONS[function]
    positive = {cr.sqrt: 0.0, cr.reciprocal: 0.0, cr.log1p: max(-largest, -0.999)}
    low = positive.get(function, -largest)
    x = np.random.default_rng(0).uniform(low, largest, 10).astype(dtype)
    found, slopes = function(x), cr.grad(lambda x: cr.sum(function(x)))(x)
    assert found.dtype == slopes.dtype == dtype
    points = exact(x)
    with mpmath.workdps(400):  # numerically, which loses most of the digits
        first, second = (
            np.array([mpmath.diff(value, one, order) for one in points]) for order in (1, 2)
        )
    agree(found.value, [value(one) for one in points], dtype, abs(points * first))
    own = 1 if function in BY_OWN_VALUE else 0
    agree(slopes, first, dtype, abs(points * second) + own)


def log_sum_exp(x: Any) -> mpf:
    """Of exact numbers; relative to the largest, so that mpmath loses nothing either."""
    top = max(x)
    return top + mpmath.log1p(mpmath.fsum(mpmath.exp(one - top) for one in x) - 1)


LOGITS = st.lists(
    st.one_of(
        st.floats(-1e3, 1e3, width=32),
        st.sampled_from([0.0, 1.0, 15.0, -40.0, 9995.0, 1e4, 1e8, -1e8, 1e17]),
    ),
    min_size=2,
    max_size=5,
)


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
@given(LOGITS, st.sampled_from(DTYPES), st.data())
def test_logarithms_of_softmax(logits, dtype, data):
    """Shifting all logits by one number changes nothing, however large it is."""
    x = np.array(logits, dtype)
    label = data.draw(st.integers(0, len(x) - 1))
    points = exact(x)
    total = log_sum_exp(points)
    chances = np.array([mpmath.exp(one - total) for one in points])
    hot = np.eye(len(x))[label]
    conditioning = max(points) - min(points)  # of e to the power of a rounded difference
    agree(cr.logsumexp(x).value, [total], dtype)
    agree(cr.grad(cr.logsumexp)(x), chances, dtype, chances * 2000)
    for loss in (cr.cross_entropy, lambda x, label: -cr.log_softmax(x)[label]):
        exact_loss = total - points[label]
        agree(loss(x, label).value, [exact_loss], dtype, min(exact_loss, 1) * conditioning)
        slopes = cr.grad(lambda x, loss=loss: loss(x, label))(x)
        agree(slopes, chances - hot, dtype, 1 + chances * conditioning)


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
@given(
    st.lists(st.floats(-80, 80, width=32), min_size=1, max_size=4),
    st.sampled_from(DTYPES),
    st.sampled_from([0.0, 0.25, 1.0]),
)
def test_binary_cross_entropy(logits, dtype, target):
    z = np.array(logits, dtype)
    points, n, t = exact(z), len(logits), mpf(target)
    losses = [
        t * mpmath.log1p(mpmath.exp(-x)) + (1 - t) * mpmath.log1p(mpmath.exp(x)) for x in points
    ]
    targets = np.full(n, target)
    loss = cr.binary_cross_entropy(z, targets).value
    agree(loss, mpmath.fsum(losses) / n, dtype, max(losses))
    slopes = cr.grad(lambda z: cr.binary_cross_entropy(z, targets))(z)
    expected = np.array([(sigmoid(x) - t) / n for x in points])
    own = np.array([t * sigmoid(-x) + (1 - t) * sigmoid(x) for x in points])
    agree(slopes, expected, dtype, own * (1 + abs(points)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("offset", [0.0, 1e4, -3e6])
@pytest.mark.parametrize("rows", [9, 300])
def test_spread_about_a_large_mean(offset, dtype, rows):
    """The rounding of the mean cancels: what counts is how far the numbers lie apart."""
    x = (offset + np.random.default_rng(1).normal(size=rows)).astype(dtype)
    points = exact(x)
    centred = points - mpmath.fsum(points) / rows
    variance = mpmath.fsum(centred**2) / rows
    deviation = mpmath.sqrt(variance)
    agree(cr.var(x).value, variance, dtype)
    agree(cr.std(x).value, deviation, dtype)
    agree(cr.grad(cr.var)(x), 2 * centred / rows, dtype, deviation / rows)
    agree(cr.standardize(x).value, centred / deviation, dtype, 1)
    weights = exact(np.random.default_rng(2).normal(size=rows).astype(np.float32))
    along, own = mpmath.fsum(weights) / rows, mpmath.fsum(weights * centred / deviation) / rows
    slopes = (weights - along - centred / deviation * own) / deviation
    found = cr.grad(lambda x: cr.sum(weights.astype(dtype) * cr.standardize(x)))(x)
    agree(found, slopes, dtype, 1 / deviation)
