"""Transforms of functions whose arguments and results are tuples, lists and dicts: against JAX."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import DifferentiationError, OptionError, ShapeError

jax.config.update("jax_enable_x64", True)

LEAVES = st.tuples(st.integers(0, 3), st.integers(0, 2**16)).map(
    lambda drawn: np.random.default_rng(drawn[1]).normal(size=(2, 3)[: drawn[0] % 3])
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(tuple),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: [*parts, np.ones(1)]),
        st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


def leaves_of(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [leaf for key in sorted(tree) for leaf in leaves_of(tree[key])]
    if isinstance(tree, (list, tuple)):
        return [leaf for part in tree for leaf in leaves_of(part)]
    return [tree]


def energy(m: Any, tree: Any) -> Any:
    """A number that depends on every leaf, and on the product of neighbours."""
    sums = [m.sum(m.sin(leaf) * (i + 1.0)) for i, leaf in enumerate(leaves_of(tree))]
    total = sums[0] * sums[-1]
    for one in sums:
        total = total + one * one
    return total


def several(m: Any, tree: Any) -> Any:
    found = leaves_of(tree)
    return {"first": m.exp(found[0]), "all": (energy(m, tree), [found[-1] * 2.0, m.sin(found[0])])}


def ours(tree: Any) -> Any:
    return energy(np, tree)


def theirs(tree: Any) -> Any:
    return energy(jnp, tree)


def same(found: Any, expected: Any) -> None:
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    for one, other in zip(leaves_of(found), leaves_of(expected), strict=True):
        assert isinstance(one, (np.ndarray, np.number, float))
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


@given(TREES)
@settings(max_examples=12, deadline=None)
def test_gradients_have_the_structure_of_the_arguments(tree: Any) -> None:
    same(cr.grad(ours)(tree), jax.grad(theirs)(tree))
    value, found = cr.value_and_grad(lambda x, y: ours((x, y)), (1, 0))(tree, 0.5)
    expected = jax.grad(lambda x, y: theirs((x, y)), (1, 0))(tree, 0.5)
    np.testing.assert_allclose(value, theirs((tree, 0.5)), rtol=1e-12)
    same(found, expected)


@given(TREES)
@settings(max_examples=6, deadline=None)
def test_products_of_trees(tree: Any) -> None:
    direction = jax.tree.map(np.cos, tree)
    same(
        cr.hvp(ours, tree, direction),
        jax.jvp(jax.grad(theirs), (tree,), (jax.tree.map(jnp.asarray, direction),))[1],
    )
    found = cr.jvp(lambda x: several(np, x), (tree,), (direction,))
    jaxs = jax.tree.map(jnp.asarray, (tree, direction))
    expected = jax.jvp(lambda x: several(jnp, x), jaxs[:1], jaxs[1:])
    for one, other in zip(found, expected, strict=True):
        same(one, other)
    values, pull = cr.vjp(lambda x: several(np, x), tree)
    _, theirs_pull = jax.vjp(lambda x: several(jnp, x), jaxs[0])
    same(pull(values), theirs_pull(jax.tree.map(jnp.asarray, values)))


@pytest.mark.slow
@given(TREES)
@settings(max_examples=4, deadline=None)
def test_jacobians_of_trees(tree: Any) -> None:
    found = cr.jacobian(lambda x: several(np, x))(tree)
    expected = jax.jacobian(lambda x: several(jnp, x))(jax.tree.map(jnp.asarray, tree))
    same(found, expected)
    same(cr.hessian(ours)(tree), jax.hessian(theirs)(tree))


class Weights(NamedTuple):
    w: Any
    b: Any


def test_named_tuples_and_absent_parts():
    found = cr.grad(lambda p: p.w * p.w * p.b[0])(Weights(3.0, (2.0, None)))
    assert found == Weights(12.0, (9.0, None))


def test_numbers_in_lists_and_tuples_are_arguments_of_their_own():
    assert cr.grad(lambda x: x[0] * x[1])([2.0, 3.0]) == [3.0, 2.0]
    assert cr.grad(lambda x: x[0] * x[1])((2.0, 3.0)) == (3.0, 2.0)
    assert cr.grad(cr.sum)([1.0, 2.0]) == [1.0, 1.0]


def test_aux():
    def loss(w, x):
        y = w * x
        return y * y, {"y": y, "name": "square", "parts": (x, y)}

    found, aux = cr.grad(loss, has_aux=True)(2.0, 3.0)
    assert (found, aux) == (36.0, {"y": 6.0, "name": "square", "parts": (3.0, 6.0)})
    assert type(aux["y"]) is float
    assert cr.value_and_grad(loss, has_aux=True)(2.0, 3.0) == ((36.0, aux), 36.0)
    nested = cr.grad(lambda w: cr.grad(loss, has_aux=True)(w, 3.0)[1]["y"])(2.0)
    assert nested == 3.0  # aux of an inner gradient is differentiated by the outer one
    with pytest.raises(DifferentiationError, match="a pair"):
        cr.grad(lambda w: w, has_aux=True)(1.0)


def test_what_is_refused():
    with pytest.raises(DifferentiationError, match=r"2 outputs.*has_aux"):
        cr.grad(lambda x: (x, x))(1.0)
    with pytest.raises(DifferentiationError, match="a str"):
        cr.jacobian(lambda x: {"a": x, "b": "text"})(1.0)
    with pytest.raises(OptionError, match="real or complex numbers"):
        cr.grad(lambda p: p["a"])({"a": 1.0, "b": "text"})
    _, pull = cr.vjp(lambda x: (x, x), 1.0)
    with pytest.raises(ShapeError, match=r"cotangent: expected a tree like \(\'\*\', \'\*\'\)"):
        pull(1.0)
    with pytest.raises(ShapeError, match="tangents"):
        cr.jvp(np.sin, (np.ones(2),), (np.ones(3),))


def test_recorded_cotangents_and_tangents_stay_recorded():
    u = cr.variable(2.0, "u")
    for product in (
        cr.vjp(lambda p: p["a"] ** 2, {"a": 3.0})[1](u)[0]["a"],
        cr.jvp(lambda p: p["a"] ** 2, ({"a": 3.0},), ({"a": u},))[1],
    ):
        assert product.gradients()["u"].item() == 6.0


def test_functions_of_a_point():
    x, v = np.array([0.3, -1.2]), np.array([1.0, 2.0])
    hessian = jax.hessian(lambda x: jnp.sum(jnp.sin(x) * x[0]))(x)
    np.testing.assert_allclose(cr.make_hvp(lambda x: np.sum(np.sin(x) * x[0]))(x)(v), hessian @ v)
    jacobian = jax.jacobian(lambda x: jnp.sin(x) * x[0])(x)
    pull, y = cr.make_vjp(lambda x: np.sin(x) * x[0])(x)
    np.testing.assert_allclose(pull(v), v @ jacobian)
    np.testing.assert_allclose(y, np.sin(x) * x[0])
    np.testing.assert_allclose(cr.make_jvp(lambda x: np.sin(x) * x[0])(x)(v)[1], jacobian @ v)
    curved = cr.make_ggnvp(lambda x: np.sin(x) * x[0], lambda y: np.sum(y**3))(x)(v)
    bend = np.diag(6.0 * np.sin(x) * x[0])
    np.testing.assert_allclose(curved, jacobian.T @ bend @ jacobian @ v)
    np.testing.assert_allclose(cr.make_ggnvp(lambda x: 3.0 * x)(x)(v), 9.0 * v)
    np.testing.assert_allclose(cr.elementwise_grad(np.tanh)(x), 1.0 - np.tanh(x) ** 2)
    both = cr.elementwise_grad(lambda x, y: x * np.sin(y), (0, 1))(x, v)
    np.testing.assert_allclose(both, [np.sin(v), x * np.cos(v)])
