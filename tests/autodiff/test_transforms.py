"""grad, value_and_grad, vjp, jacobian, hessian, hvp: against JAX, mpmath and each other."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

import chainrule as cr
from autodiff.programs import QUICK
from chainrule.errors import DifferentiationError, OptionError, ShapeError

jax.config.update("jax_enable_x64", True)

X = np.array([0.3, -1.2, 0.7])
W = np.array([[0.5, -0.4, 1.1], [0.2, 0.9, -0.6]])


def energy(m, x, w):
    return m.sum(m.sin(w @ x) ** 2) * m.exp(x[0]) + m.sum(w * w * x)


def ours(x, w):
    return energy(cr, x, w)


def theirs(x, w):
    return energy(jnp, x, w)


@pytest.mark.parametrize("argnums", [0, 1, -1, (0, 1), (1, 0), (1,)])
def test_grad_argnums(argnums):
    found = cr.grad(ours, argnums)(X, W)
    expected = jax.grad(theirs, argnums)(X, W)
    assert isinstance(found, tuple) == isinstance(argnums, tuple)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), found, expected)


def test_a_repeated_argument_number_gives_a_repeated_gradient():
    assert cr.grad(lambda x: x * x, (0, 0))(3.0) == (6.0, 6.0)


def test_value_and_grad():
    value, gradient = cr.value_and_grad(ours, 1)(X, W)
    np.testing.assert_allclose(value, theirs(X, W), rtol=1e-13)
    np.testing.assert_allclose(gradient, jax.grad(theirs, 1)(X, W), rtol=1e-12)


def test_plain_arguments_give_plain_results_and_tensors_give_tensors():
    assert type(cr.grad(np.sin)(0.5)) is float
    assert type(cr.grad(np.sin)(np.float32(0.5))) is np.float32
    assert type(cr.grad(lambda x: np.sum(x))(X)) is np.ndarray
    assert isinstance(cr.grad(np.sin)(cr.variable(0.5)), cr.Tensor)


def test_results_can_be_modified_by_the_caller():
    gradient = cr.grad(lambda x: np.sum(x))(X)
    gradient[0] = 99.0
    np.testing.assert_array_equal(cr.grad(lambda x: np.sum(x))(X), [1.0, 1.0, 1.0])


def test_options_and_other_arguments_are_passed_on():
    found = cr.grad(lambda x, n, scale=1.0: scale * x**n)(2.0, 3, scale=10.0)
    assert found == 120.0


def test_integers_are_differentiated_as_floats():
    assert cr.grad(lambda x: x * x)(3) == 6.0
    np.testing.assert_array_equal(cr.grad(lambda x: np.sum(x * x))(np.array([1, 2])), [2.0, 4.0])


@pytest.mark.parametrize("argnum", [0, 1])
def test_jacobian(argnum):
    def f(m, x, w):
        return m.tanh(w @ x) * m.sum(x**2)

    found = cr.jacobian(lambda x, w: f(cr, x, w), argnum)(X, W)
    expected = jax.jacobian(lambda x, w: f(jnp, x, w), argnum)(X, W)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_jacobian_shapes():
    assert cr.jacobian(lambda x: x[:0])(X).shape == (0, 3)
    assert cr.jacobian(lambda x: x * 2)(3.0) == 2.0
    one, two = cr.jacobian(lambda x, w: w @ x, (0, 1))(X, W)
    assert (one.shape, two.shape) == ((2, 3), (2, 2, 3))


@pytest.mark.parametrize("argnum", [0, 1])
def test_hessian(argnum):
    found = cr.hessian(ours, argnum)(X, W)
    expected = jax.jit(jax.hessian(theirs, argnum), compiler_options=QUICK)(X, W)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


def test_hvp_is_hessian_times_vector():
    v = np.array([1.5, -0.3, 0.8])
    found = cr.hvp(lambda x: ours(x, W), X, v)
    np.testing.assert_allclose(found, cr.hessian(ours)(X, W) @ v, rtol=1e-12)


def test_vjp():
    y, pull = cr.vjp(lambda x, w: w @ x, X, W)
    np.testing.assert_allclose(y, W @ X)
    g = np.array([2.0, -3.0])
    for _ in range(2):  # a pull-back can be used again, and keeps no state
        gx, gw = pull(g)
        np.testing.assert_allclose(gx, W.T @ g)
        np.testing.assert_allclose(gw, np.outer(g, X))


@pytest.mark.parametrize("name", ["sin", "tanh", "exp", "log1p"])
def test_nesting_to_order_four(name):
    function, precise = getattr(np, name), getattr(mpmath, name, mpmath.log1p)
    derivative = function
    for order in range(1, 5):
        derivative = cr.grad(derivative)
        with mpmath.workdps(60):
            expected = float(mpmath.diff(precise, mpmath.mpf("0.3"), order))
        np.testing.assert_allclose(derivative(0.3), expected, rtol=1e-12)


def test_mixed_partials():
    def f(x, y):
        return np.sin(x * y) * y**3

    found = cr.grad(cr.grad(cr.grad(f, 0), 1), 0)(0.7, 1.3)
    expected = jax.grad(jax.grad(jax.grad(lambda x, y: jnp.sin(x * y) * y**3, 0), 1), 0)(0.7, 1.3)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_arguments_stay_distinct_if_they_are_the_same_tensor():
    # d/dx of (∂/∂a of a·b at a = b = x) = d/dx x = 1, not 2
    assert cr.grad(lambda x: cr.grad(lambda a, b: a * b)(x, x))(3.0) == 1.0


def test_an_inner_gradient_does_not_see_the_outer_variable():
    # Siskind and Pearlmutter, "Perturbation confusion", 2005: 1, not 2
    assert cr.grad(lambda x: x * cr.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert cr.grad(lambda x: cr.grad(lambda y: x * y)(x))(3.0) == 1.0
    assert cr.grad(lambda x: x * cr.grad(lambda y: x * y)(2.0))(3.0) == 6.0


def test_a_gradient_can_be_traced():
    graph = cr.trace(cr.grad(lambda x: cr.sum(cr.sin(x))), cr.spec(3))
    assert graph.outputs[0].spec == cr.spec(3)


def test_constants_have_gradient_zero():
    np.testing.assert_array_equal(cr.grad(lambda x: 3.0)(X), [0.0, 0.0, 0.0])
    assert cr.grad(lambda x, y: x * 2, 1)(1.0, 5.0) == 0.0


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        (lambda: cr.grad(lambda x: x * 2)(X), DifferentiationError, "one floating-point number"),
        (lambda: cr.grad(lambda x: x > 0)(1.0), DifferentiationError, "one floating-point number"),
        (lambda: cr.grad(lambda x: "no")(1.0), DifferentiationError, "a tensor or a number"),
        (lambda: cr.grad(lambda x: None)(1.0), DifferentiationError, "NoneType"),
        (lambda: cr.grad(lambda x: x, 2)(1.0), OptionError, "1 arguments"),
        (lambda: cr.vjp(lambda x: x, X)[1](np.ones(2)), ShapeError, "(3,)"),
        (lambda: cr.grad(np.frexp)(0.5), OptionError, "np.frexp"),
        (lambda: cr.grad(np.linalg.tensorinv)(X), OptionError, "np.linalg.tensorinv"),
        (lambda: cr.grad(lambda x: x)("a"), OptionError, "real or complex numbers"),
    ],
)
def test_errors_say_what_was_expected(attempt, error, words):
    with pytest.raises(error) as caught:
        attempt()
    assert words in str(caught.value)
    assert "expected" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_check_grad_notices_a_wrong_rule():
    def with_wrong_gradient(x):
        # the value is x², but one factor is a constant to differentiation
        return x * (x.value if isinstance(x, cr.Tensor) else x)

    with pytest.raises(DifferentiationError, match="argument 0"):
        cr.check_grad(with_wrong_gradient, 3.0)
    assert cr.check_grad(lambda x, y: np.sin(x) @ y, X, X + 1, order=3, rtol=1e-5) < 1e-6
