"""Complex numbers: the convention of gradients, and what transforms do with them."""

from __future__ import annotations

import cmath
import copy
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import chainrule as cr
from chainrule.autodiff.local_gradients import local_gradients
from chainrule.errors import DifferentiationError, DomainError, OptionError

jax.config.update("jax_enable_x64", True)

Z = np.array([1 + 2j, -0.5 - 1j, 2.0])


def test_the_gradient_is_the_slope_along_x_minus_i_times_that_along_y():
    def u(z):
        return np.real(z) ** 2 * np.imag(z)

    assert cr.grad(u)(3 + 5j) == 2 * 3 * 5 - 1j * 3**2


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (lambda np, z: np.sum(np.abs(np.exp(z) * z) ** 2), (Z,)),
        (lambda np, z: np.real(np.sum(z * np.conj(z) ** 2)), (Z,)),
        (lambda np, x: np.sum(np.abs(np.exp(1j * x) + x)), (np.array([0.3, -1.2]),)),
        (lambda np, x, z: np.real(np.sum(x * z**2 / (x + z))), (np.array([0.3, 1.2, 2.0]), Z)),
        (lambda np, x, z: np.sum(np.abs(np.outer(x, z) @ z) * x[0]), (np.array([0.3, 1.0]), Z)),
        (lambda np, z: np.var(z) + np.angle(z[0]) * np.imag(z[1] / z[2]), (Z,)),
        (lambda np, z: np.sum(np.where(np.real(z) > 0, z, 3.0).imag), (Z,)),
        (lambda np, x, z: np.abs(np.concatenate([x, z])[::2].sum()), (np.ones(2), Z)),
    ],
)
def test_gradients_are_jaxs(function, args):
    positions = tuple(range(len(args)))
    found = cr.grad(lambda *args: function(np, *args), positions)(*args)
    expected = jax.grad(lambda *args: function(jnp, *args), positions)(*map(jnp.asarray, args))
    for one, other, arg in zip(found, expected, args, strict=True):
        assert one.dtype == arg.dtype
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    cr.check_grad(lambda *args: function(np, *args), *args)


def test_a_step_against_the_conjugate_of_the_gradient_goes_down():
    def loss(z):
        return np.sum(np.abs(z**2 - 1j) ** 2)

    z = Z
    for _ in range(200):
        z = z - 0.02 * np.conj(cr.grad(loss)(z))
    assert loss(z) < 1e-6


def test_the_derivative_of_a_holomorphic_function():
    assert cr.holomorphic_grad(lambda z: z**3)(1 + 2j) == 3 * (1 + 2j) ** 2
    for function in (np.exp, np.log, np.sqrt, np.sin, np.tanh, np.arcsinh, np.arccosh):
        z = -1.3 + 0.4j
        found = cr.holomorphic_grad(function)(z)
        h = 1e-5
        assert found == pytest.approx((function(z + h) - function(z - h)) / (2 * h), rel=1e-8)


def test_holomorphic_gradients_of_several_arguments_and_higher_order():
    def product(a, b, power=1):
        return (a * np.sum(b)) ** power

    found = cr.holomorphic_grad(product, (1, 0))(2j, Z, power=2)
    np.testing.assert_allclose(found[0], np.full(3, 2 * (2j) ** 2 * Z.sum()))
    np.testing.assert_allclose(found[1], 2 * 2j * Z.sum() ** 2)
    third = cr.holomorphic_grad(cr.holomorphic_grad(cr.holomorphic_grad(np.exp)))(0.5j)
    assert third == pytest.approx(cmath.exp(0.5j))


def test_holomorphic_grad_takes_real_points_as_complex_ones():
    assert cr.holomorphic_grad(lambda z: z**2 * 1j)(3.0) == 6j
    found = cr.holomorphic_grad(lambda z: np.sum(np.exp(z)))(np.zeros(2, np.float32))
    assert found.dtype == np.complex64


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda z: z * np.conj(z), "slopes along the real and the imaginary axis differ"),
        (np.conj, "holomorphic"),
        (np.abs, "one complex number to differentiate, got a real output"),
        (lambda z: z * np.ones(2), r"one complex number.*shape \(2,\)"),
    ],
)
def test_what_is_not_holomorphic_is_refused(function, words):
    with pytest.raises(DifferentiationError, match=words):
        cr.holomorphic_grad(function)(1 + 2j)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: cr.grad(np.exp)(1j),
        lambda: cr.value_and_grad(lambda z: z * np.ones(2))(1j),
        lambda: cr.jacobian(lambda z: z**2)(Z),
        lambda: cr.hessian(lambda z: np.sum(np.abs(z)))(Z),
        lambda: cr.variable(1j).gradients(),
    ],
)
def test_a_complex_output_is_refused_and_the_way_out_named(attempt):
    with pytest.raises(DifferentiationError, match=r"cr\.holomorphic_grad"):
        attempt()


def test_the_jacobian_of_real_outputs_with_respect_to_complex_arguments():
    found = cr.jacobian(lambda z: np.abs(z) ** 2)(Z)
    np.testing.assert_allclose(found, np.diag(2 * Z.conj()))


def test_cotangents_and_tangents_of_the_other_kind():
    _, pull = cr.vjp(lambda x: x * 1j, 2.0)
    assert pull(1.0) == (0.0,)
    assert pull(1j) == (-1.0,)
    assert cr.jvp(lambda z: z**2, (1 + 1j,), (2.0,)) == (2j, 4 + 4j)
    _, pull = cr.vjp(np.abs, 3 + 4j)
    with pytest.raises(OptionError, match="lose the imaginary parts"):
        pull(1j)
    with pytest.raises(OptionError, match="lose the imaginary parts"):
        cr.jvp(lambda x: x * 1j, (1.0,), (1j,))
    x = cr.variable(2.0)
    with pytest.raises(DifferentiationError, match="seed: expected real numbers"):
        cr.autodiff.adjoints(x * x, cr.ops.tensor.constant(1j), [x.node])


def test_check_grad_looks_in_both_directions():
    cr.check_grad(lambda z: np.abs(z) * np.conj(z), 1 + 2j)
    with pytest.raises(DifferentiationError, match=r"argument 0: expected .* at \(0,\)"):
        cr.check_grad(lambda z: np.real(cr.stop_gradient(z)), 1 + 2j)
    with pytest.raises(DifferentiationError, match=r"argument 0: expected .* at \(1,\)"):
        cr.check_grad(lambda z: np.imag(cr.stop_gradient(z)), 1 + 2j)


def test_real_numbers_stay_real_and_complex_ones_complex():
    x, z = cr.variable(2.0), cr.variable(1 + 2j)
    assert np.real(x) is x
    assert np.conj(x) is x
    assert np.imag(x).item() == 0
    assert np.angle(-1.0 * x).item() == np.pi
    assert (x * 1j).dtype == complex
    assert np.isrealobj(x)
    assert np.iscomplexobj(z)
    assert np.iscomplex(z)
    assert np.real_if_close(z) is z
    assert np.real_if_close(z * 0 + 1).dtype == float
    assert (z.real.item(), z.imag.item(), z.conj().item()) == (1.0, 2.0, 1 - 2j)
    assert complex(z) == 1 + 2j
    assert z == 1 + 2j


def test_precision_is_that_of_the_arrays():
    z, x = cr.variable(np.complex64(1j)), cr.variable(np.float32(2.0))
    assert (z * 2.5).dtype == (x * 2.5j).dtype == (z * x).dtype == np.complex64
    assert np.abs(z).dtype == np.float32
    gradient = cr.grad(lambda x: np.imag(x * 1.5j))(np.float32(2.0))
    assert (gradient, gradient.dtype) == (1.5, np.float32)


def test_complex_tensors_print_and_copy():
    z = cr.variable([1 + 2j, 3.0], "z")
    assert repr(z) == "Tensor([1.+2.j, 3.+0.j])"
    assert "c128[2]" in str((z * z).graph())
    assert "(1+2j)" in z._repr_html_()
    again = pickle.loads(pickle.dumps(z))
    np.testing.assert_array_equal(again.value, z.value)
    assert copy.deepcopy(z) is z


def test_complex_plain_numbers_are_guarded_like_others():
    with pytest.raises(DifferentiationError, match="plain numbers"):
        cr.grad(lambda z: np.abs(z) * cmath.phase(z))(1j)
    with pytest.raises(DifferentiationError, match="plain numbers"):
        cr.grad(lambda z: np.abs(z) * complex(z).real)(1j)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda z: cr.explain(np.abs(z)),
        lambda z: cr.explain(np.abs(z), "z", round_intermediate=2),
        lambda z: cr.flow(np.abs(z * z)),
    ],
)
def test_explanations_refuse_complex_numbers(attempt):
    with pytest.raises(DomainError, match="z: expected real numbers, which are all that is expl"):
        attempt(cr.variable(1 + 2j, "z"))


def test_local_gradients_refuse_complex_numbers():
    with pytest.raises(DifferentiationError, match="real numbers"):
        local_gradients(np.abs(cr.variable(1j)).node, 0)


def test_imaginary_parts_are_never_lost_in_silence():
    z = cr.variable(1 + 2j, "z")
    for dtype in (float, np.float32, int):
        with pytest.raises(OptionError, match=r"astype: expected a complex dtype"):
            z.astype(dtype)
    for function in (cr.sigmoid, cr.softplus, cr.relu, np.floor, np.cbrt, cr.softmax, np.hypot):
        args = (z, 1.0) if function is np.hypot else (z * np.ones(2),)
        with pytest.raises(OptionError, match=r"expected real numbers, got .* of complex128"):
            function(*args)
