"""`odeint`: values are SciPy's, gradients those of exact solutions and of differences."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.integrate
from scipy.linalg import expm

import chainrule as cr
import chainrule.numpy as cnp
from chainrule.errors import ChainruleError, DifferentiationError, OptionError, ShapeError
from chainrule.scipy import integrate

A = np.array([[-0.5, 0.3], [0.1, -0.2]])
Y0, T = np.array([1.0, -2.0]), np.array([0.0, 0.5, 1.25])
TIGHT = {"rtol": 1e-11, "atol": 1e-12}


def linear(y, t, a):
    return a @ y


def pendulum(y, t, damping, pull):
    return cnp.array([y[1], -damping * y[1] - pull * cnp.sin(y[0]) + 0.1 * t])


def test_plain_calls_are_scipys_own():
    found = integrate.odeint(linear, Y0, T, args=(A,))
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, scipy.integrate.odeint(linear, Y0, T, args=(A,)))
    assert integrate.quad(lambda x: x, 0, 1)[0] == 0.5


def test_the_value_is_scipys():
    found = integrate.odeint(linear, cr.variable(Y0), T, (A,))
    np.testing.assert_array_equal(found.value, scipy.integrate.odeint(linear, Y0, T, (A,)))
    loose = integrate.odeint(linear, cr.variable(Y0), T, (A,), rtol=1e-3, atol=1e-3)
    expected = scipy.integrate.odeint(linear, Y0, T, (A,), rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(loose.value, expected)
    assert (loose.value != found.value).any()


def test_a_linear_equation_has_the_gradients_of_its_exact_solution():
    """y(tᵢ) = e^(A·(tᵢ − t₀)) y₀."""
    weights = np.array([[0.3, -1.0], [2.0, 0.5], [-0.7, 1.1]])

    def loss(y0, t, a):
        return cr.sum(weights * integrate.odeint(linear, y0, t, (a,), **TIGHT))

    by_y0, by_t, by_a = cr.grad(loss, argnums=(0, 1, 2))(Y0, T, A)
    flows = [expm(A * (t - T[0])) for t in T]
    np.testing.assert_allclose(
        by_y0, sum(f.T @ w for f, w in zip(flows, weights, strict=True)), rtol=1e-8
    )
    rates = [w @ A @ f @ Y0 for f, w in zip(flows, weights, strict=True)]
    np.testing.assert_allclose(by_t, [-sum(rates[1:]), *rates[1:]], rtol=1e-8)
    step = 1e-6
    for index in np.ndindex(2, 2):
        shift = np.zeros((2, 2))
        shift[index] = step
        up, down = (
            sum(
                w @ expm((A + s * shift) * (t - T[0])) @ Y0 for w, t in zip(weights, T, strict=True)
            )
            for s in (1, -1)
        )
        assert by_a[index] == pytest.approx((up - down) / (2 * step), rel=1e-6)


def test_first_and_second_derivatives_of_a_nonlinear_equation():
    def solution(y0, t, damping, pull):
        return integrate.odeint(pendulum, y0, t, (damping, pull), **TIGHT)

    args = Y0, T[:2], np.array(0.3), np.array(1.7)
    cr.check_grad(solution, *args, order=2, rtol=1e-5, atol=1e-5)


def test_trees_of_arguments_and_what_the_function_reads_from_outside():
    def loss(p):
        def func(y, t, weights, power):
            return weights["a"] * y - p["b"] * y**power

        return integrate.odeint(func, Y0**2, T, ({"a": p["a"]}, 2), **TIGHT)[-1, 0]

    def plain(a, b):
        def func(y, t):
            return a * y - b * y**2

        return scipy.integrate.odeint(func, Y0**2, T, **TIGHT)[-1, 0]

    found = cr.grad(loss)({"a": 0.5, "b": 0.25})
    step = 1e-6
    by_a = (plain(0.5 + step, 0.25) - plain(0.5 - step, 0.25)) / (2 * step)
    by_b = (plain(0.5, 0.25 + step) - plain(0.5, 0.25 - step)) / (2 * step)
    assert found["a"] == pytest.approx(by_a, rel=1e-6)
    assert found["b"] == pytest.approx(by_b, rel=1e-6)


def test_a_number_time_first_and_decreasing_times():
    found = integrate.odeint(lambda t, y, k: k * y, cr.variable(2.0), T, -0.5, tfirst=True)
    np.testing.assert_allclose(found.value[:, 0], 2 * np.exp(-0.5 * T), rtol=1e-6)
    slope = cr.grad(lambda y: integrate.odeint(lambda y, t: -y, y, [1.0, 0.0], **TIGHT)[1, 0])
    assert slope(2.0) == pytest.approx(np.e, rel=1e-8)
    single = cr.grad(lambda y: integrate.odeint(lambda y, t: -y, y, [1.0])[0, 0])
    assert single(2.0) == 1.0


def test_float32_gets_its_gradient_in_its_precision():
    y0, a = Y0.astype(np.float32), A.astype(np.float32)
    by_y0, by_a = cr.grad(
        lambda y, a: cr.sum(integrate.odeint(linear, y, T, (a,))), argnums=(0, 1)
    )(y0, a)
    assert by_y0.dtype == by_a.dtype == np.float32
    expected = cr.grad(lambda y: cr.sum(integrate.odeint(linear, y, T, (A,))))(Y0)
    np.testing.assert_allclose(by_y0, expected, rtol=1e-5)


def test_a_network_learns_a_rate():
    """A step of gradient descent on the parameters of the right-hand side."""
    times = np.linspace(0.0, 1.0, 5)
    data = np.exp(-0.7 * times)

    def loss(rate):
        found = integrate.odeint(lambda y, t, rate: -rate * y, [1.0], times, (rate,))
        return cr.mean((found[:, 0] - data) ** 2)

    rate = 0.1
    for _ in range(60):
        rate -= 3.0 * cr.grad(loss)(rate)
    assert rate == pytest.approx(0.7, abs=1e-3)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda y: integrate.odeint(linear, y, 1.0, (A,)), ShapeError, "vectors y0 and t"),
        (lambda y: integrate.odeint(linear, [y, y], T, (A,)), ShapeError, "vectors y0 and t"),
        (lambda y: integrate.odeint(lambda y, t: y[:1], y, T), ShapeError, "returns 2 numbers"),
        (lambda y: integrate.odeint(linear, y, T, (A,), full_output=1), OptionError, "full_output"),
        (lambda y: integrate.odeint(linear, y, T, (A,), tfirst=2), OptionError, "tfirst"),
        (lambda y: integrate.quad(y, 0, 1), OptionError, "scipy.integrate.quad: "),
        (
            lambda y: integrate.odeint(lambda y, t: -y if y[0] > 0 else y, y, T),
            ChainruleError,
            "cr.where",
        ),
    ],
)
def test_what_is_refused(call, error, says):
    with pytest.raises(error, match=says):
        call(cr.variable(Y0))


@pytest.mark.parametrize("settings", [{}, {"tfirst": True}])
def test_a_variable_that_only_the_function_reads_is_recorded(settings):
    def loss(k):
        def func(y, t, scale):
            y = t if settings else y
            return -k * scale * y

        return cr.sum(integrate.odeint(func, Y0, list(T), (2.0,), **TIGHT, **settings))

    rates = np.exp(-2 * 0.5 * (T - T[0]))
    assert cr.grad(loss)(0.5) == pytest.approx(np.sum(-2 * T * rates) * Y0.sum(), rel=1e-8)
    with pytest.raises(DifferentiationError):  # in SciPy's own hands it would be lost
        cr.grad(lambda k: scipy.integrate.odeint(lambda y, t: -k * y, Y0, T)[-1, 0] * k)(0.5)
