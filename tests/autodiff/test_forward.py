"""Forward mode agrees with JAX's, with a primitive's own rule and without one."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import chainrule as cr
from chainrule.ops.define import apply, primitive
from chainrule.ops.registry import PRIMITIVES
from chainrule.ops.tensor import lift

jax.config.update("jax_enable_x64", True)

X, V = np.array([[1.0, 2.0], [-0.5, 3.0]]), np.array([[0.3, -1.0], [2.0, 0.7]])


def function(np_, scan):
    def along(x, y):
        sign, log = np_.linalg.slogdet(x)
        carry, ys = scan(lambda c, r: (c * r + y, c[0]), y, x)
        return sign * log * y + np_.sum(x[:, 1:] @ x[:1] * x) * carry + ys[1]

    return along


@pytest.mark.parametrize("directions", [(V, np.array([1.0, -2.0])), (V, np.zeros(2))])
def test_directional_derivatives_are_those_of_jax(directions):
    point = X, np.array([0.5, 1.5])
    value, tangent = cr.jvp(function(np, cr.scan), point, directions)
    expected = jax.jvp(function(jnp, jax.lax.scan), point, directions)
    np.testing.assert_allclose(value, expected[0], rtol=1e-12)
    np.testing.assert_allclose(tangent, expected[1], rtol=1e-10)


def test_it_can_be_differentiated():
    found = cr.grad(lambda x: cr.sum(cr.jvp(lambda y: np.sin(y) * y, (x,), (V,))[1]))(X)
    expected = jax.grad(lambda x: jnp.sum(jax.jvp(lambda y: jnp.sin(y) * y, (x,), (V,))[1]))(X)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_an_output_that_does_not_depend_on_the_arguments_has_tangent_zero():
    value, tangent = cr.jvp(lambda x: cr.sign(x) * 2.0, (X,), (V,))
    np.testing.assert_array_equal(value, 2.0 * np.sign(X))
    np.testing.assert_array_equal(tangent, np.zeros((2, 2)))


def test_the_rule_of_a_primitive_is_used():
    asked = []

    def tangent(tangents, outputs, inputs):
        asked.append(tangents)
        (v,), (x,) = tangents, inputs
        return [3.0 * x**2 * v]

    def pullback(cotangents, outputs, inputs, wanted):
        raise AssertionError("forward mode asks for the tangent")

    cube = primitive("cube", lambda x: x**3, shape=lambda x: x, pullback=pullback, tangent=tangent)
    try:
        assert cr.jvp(lambda x: apply(cube, lift(x)) * 2.0, (2.0,), (5.0,)) == (16.0, 120.0)
    finally:
        del PRIMITIVES["cube"]
    assert len(asked) == 1
