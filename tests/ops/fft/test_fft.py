"""Fourier transforms: values are NumPy's, derivatives of first and second order JAX's."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import OptionError, ShapeError, UnknownNameError
from chainrule.graph import Graph, verify

jax.config.update("jax_enable_x64", True)

RNG = np.random.default_rng(0)
REAL, TABLE = RNG.normal(size=(3, 4)), RNG.normal(size=(2, 3, 4))
ODD = RNG.normal(size=(2, 5))
COMPLEX = REAL + 1j * RNG.normal(size=(3, 4))

CASES: list[tuple[str, Any, dict[str, Any]]] = [
    *[
        (name, x, options)
        for name in ("fft", "ifft")
        for x, options in [
            (REAL, {}),
            (COMPLEX, {}),
            (COMPLEX, {"n": 3, "norm": "ortho"}),
            (REAL, {"n": 6, "axis": 0, "norm": "forward"}),
        ]
    ],
    *[
        (name, x, options)
        for name in ("rfft", "ihfft")
        for x, options in [
            (REAL, {}),
            (ODD, {"norm": "ortho"}),
            (REAL, {"n": 3, "norm": "forward"}),
            (REAL, {"n": 7, "axis": 0}),
            (ODD, {"n": 1}),
        ]
    ],
    *[
        (name, x, options)
        for name in ("irfft", "hfft")
        for x, options in [
            (COMPLEX, {}),
            (REAL, {"norm": "ortho"}),
            (COMPLEX, {"n": 7, "norm": "forward"}),
            (COMPLEX, {"n": 3}),
            (COMPLEX, {"n": 9, "axis": 0}),
            (COMPLEX, {"n": 1}),
        ]
    ],
    *[
        (name, x, options)
        for name in ("fftn", "ifftn", "rfftn", "irfftn")
        for x, options in [
            (TABLE if name == "rfftn" else TABLE * (1 - 2j), {}),
            (TABLE, {"s": (3, 2), "axes": (2, 0), "norm": "ortho"}),
            (TABLE, {"s": (5, 6), "axes": (0, 1)}),
        ]
    ],
    *[
        (name, REAL if name == "rfft2" else COMPLEX, options)
        for name in ("fft2", "ifft2", "rfft2", "irfft2")
        for options in ({}, {"s": (4, 3), "norm": "forward"}, {"axes": (1, 0)})
    ],
]
IDS = [f"{name} {x.dtype.kind}{x.shape} {options}" for name, x, options in CASES]


@pytest.mark.parametrize(("name", "x", "options"), CASES, ids=IDS)
def test_values_are_numpys(name, x, options):
    function = getattr(np.fft, name)
    for point in (x, x.astype(np.complex64 if x.dtype.kind == "c" else np.float32)):
        found, expected = function(cr.variable(point), **options), function(point, **options)
        assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
        np.testing.assert_allclose(found.value, expected, rtol=1e-15, atol=1e-15)
        verify(Graph.of([found.node]))


@pytest.mark.parametrize(("name", "x", "options"), CASES, ids=IDS)
def test_derivatives_are_jaxs(name, x, options):
    ours, theirs = getattr(np.fft, name), getattr(jnp.fft, name)
    value = ours(x, **options)
    cotangent = np.asarray(_random(value.shape, value.dtype))
    direction = _random(x.shape, x.dtype)

    def weighted(np, transform, z):
        found = transform(z, **options) if np is jnp else ours(z, **options)
        return np.sum(np.real(found * cotangent)) + np.sum(np.abs(found) ** 4)

    def slope(z):
        return np.sum(np.real(cr.grad(lambda z: weighted(np, ours, z))(z) * direction))

    def slope_by_jax(z):
        return jnp.sum(jnp.real(jax.grad(lambda z: weighted(jnp, theirs, z))(z) * direction))

    first = cr.grad(lambda z: weighted(np, ours, z))(x)
    expected = jax.jit(jax.grad(lambda z: weighted(jnp, theirs, z)))(jnp.asarray(x))
    assert first.dtype == x.dtype
    np.testing.assert_allclose(first, expected, rtol=1e-9, atol=1e-9)
    if "norm" in options:  # JAX takes a second for each
        second, expected = cr.grad(slope)(x), jax.jit(jax.grad(slope_by_jax))(jnp.asarray(x))
        np.testing.assert_allclose(second, expected, rtol=1e-8, atol=1e-8)
    _, pushed = cr.jvp(lambda z: ours(z, **options), (x,), (direction,))
    np.testing.assert_allclose(pushed, ours(direction, **options), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "x"),
    [("fft", ODD * 1j), ("rfft", ODD), ("irfft", ODD * (1 + 1j)), ("rfftn", REAL), ("irfftn", ODD)],
)
def test_central_differences(name, x):
    cr.check_grad(getattr(np.fft, name), x)


def test_an_axis_that_is_given_twice_is_transformed_twice():
    for name in ("fftn", "ifftn", "fft2"):
        function = getattr(np.fft, name)
        found = function(cr.variable(REAL), axes=(0, 0))
        np.testing.assert_allclose(found.value, function(REAL, axes=(0, 0)), atol=1e-14)
        cr.check_grad(lambda x, function=function: function(x, axes=(0, 0)), REAL)


def test_a_length_of_minus_1_is_that_of_the_axis():
    for name in ("fftn", "rfftn", "irfftn"):
        function = getattr(np.fft, name)
        found = function(cr.variable(REAL), s=(2, -1), axes=(0, 1))
        np.testing.assert_allclose(found.value, function(REAL, s=(2, -1), axes=(0, 1)), atol=1e-14)


def test_a_convolution_by_transforms_is_a_convolution():
    def filtered(x, kernel):
        n = x.shape[0] + kernel.shape[0] - 1
        return np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(kernel, n), n)

    x, kernel = RNG.normal(size=6), RNG.normal(size=3)
    np.testing.assert_allclose(filtered(x, kernel), np.convolve(x, kernel), atol=1e-14)
    upstream = RNG.normal(size=8)
    found = cr.grad(lambda x: np.sum(filtered(x, kernel) * upstream))(x)
    np.testing.assert_allclose(found, np.correlate(upstream, kernel, "valid"), atol=1e-14)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: np.fft.rfft(x * 1j), OptionError, "rfft: expected real numbers, got .*complex"),
        (lambda x: np.fft.rfftn(x * 1j), OptionError, "rfft: expected real numbers"),
        (lambda x: np.fft.fft(x, n=0), OptionError, "fft n: expected a whole number"),
        (lambda x: np.fft.ifft(x, n=2.5), OptionError, "ifft n: expected a whole number.*2.5"),
        (lambda x: np.fft.fft(x, axis=2), ShapeError, "fft: expected .*axes between -2 and 1"),
        (lambda x: np.fft.fft(x, norm="none"), UnknownNameError, "fft norm: .*backward.*'none'"),
        (lambda x: np.fft.fftn(x, s=(2, 2), axes=(0,)), ShapeError, "fftn: expected an axis for e"),
        (lambda x: np.fft.rfftn(x, axes=()), ShapeError, "rfftn: expected 1 axis or more"),
        (lambda x: np.fft.fft(x[:, :0]), ShapeError, "fft: expected at least one entry"),
        (lambda x: np.fft.irfft(x[:, :1]), OptionError, "irfft n: expected .* 1"),
        (
            lambda x: np.fft.fft(x, out=np.zeros((3, 4), complex)),
            OptionError,
            r"np\.fft\.fft: .*out",
        ),
    ],
)
def test_errors_name_what_was_written(call, error, words):
    with pytest.raises(error, match=words):
        call(cr.variable(REAL))


def test_neither_numpy_nor_chainrule_imports_the_transforms_before_they_are_needed():
    script = (
        "import sys, numpy as np; before = 'numpy.fft' in sys.modules; import chainrule as cr;"
        "assert ('numpy.fft' in sys.modules) == before; assert 'chainrule.ops.fft' not in"
        " sys.modules; print(np.fft.fft(cr.variable([1.0, 2.0])))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "Tensor([ 3.+0.j, -1.+0.j])\n"


def _random(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    found = RNG.normal(size=shape)
    return found + 1j * RNG.normal(size=shape) if dtype.kind == "c" else found
