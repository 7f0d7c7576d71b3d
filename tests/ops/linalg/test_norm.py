"""Norms of all kinds: NumPy's values, and derivatives against finite differences."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule.ops.tensor import lift

RANDOM = np.random.default_rng(11)
VECTOR, MATRIX, STACK = (
    RANDOM.uniform(0.5, 2.0, shape) * RANDOM.choice([-1.0, 1.0], shape)  # far from the corners
    for shape in ((4,), (2, 3), (2, 2, 3))
)
OF_VECTORS = [None, 1, 2, 3, 2.5, -1, 0.5, np.inf, -np.inf, -2]
OF_MATRICES = [None, "fro", "f", "nuc", 1, -1, 2, -2, np.inf, -np.inf]


def check(function, *points):
    found, expected = function(*map(cr.variable, points)), function(*points)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found.value, expected, rtol=1e-12)
    cr.check_grad(function, *points, order=2, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("ord", OF_VECTORS)
@pytest.mark.parametrize("keepdims", [False, True])
def test_norms_of_vectors(ord, keepdims):
    check(lambda x: np.linalg.norm(x, ord, keepdims=keepdims), VECTOR)
    check(lambda x: np.linalg.norm(x, ord=ord, axis=-2, keepdims=keepdims), STACK)


@pytest.mark.parametrize(
    ("ord", "axis", "keepdims"),
    [*itertools.product(OF_MATRICES, [(0, 2), (2, 1), (-1, 0)], [False, True])],
)
def test_norms_of_matrices(ord, axis, keepdims):
    if ord != "f":  # NumPy knows it for whole arrays only
        check(lambda x: np.linalg.norm(x, ord, axis, keepdims), STACK)
    check(lambda x: np.linalg.norm(x, ord, keepdims=keepdims), MATRIX)


def test_the_norm_of_all_entries():
    check(np.linalg.norm, STACK)
    check(lambda x: np.linalg.norm(x, axis=None, keepdims=True), STACK)


@pytest.mark.parametrize("ord", [1, 2, 3, np.inf, -np.inf, 0.5])
@pytest.mark.parametrize("axis", [None, 0, (0, 2)])
def test_vector_norm(ord, axis):
    check(lambda x: np.linalg.vector_norm(x, axis=axis, ord=ord), STACK)
    check(lambda x: np.linalg.vector_norm(x, axis=axis, keepdims=True), STACK)


@pytest.mark.parametrize("ord", ["fro", "nuc", 1, 2, np.inf])
def test_matrix_norm(ord):
    check(lambda x: np.linalg.matrix_norm(x, ord=ord), STACK)
    check(lambda x: np.linalg.matrix_norm(x, ord=ord, keepdims=True), MATRIX)


def test_how_many_entries_are_not_0():
    x = np.array([0.0, -2.0, 0.5])
    assert np.linalg.norm(cr.variable(x), 0).item() == np.linalg.norm(x, 0) == 2.0
    assert not cr.grad(lambda x: np.linalg.norm(x, 0))(x).any()


@pytest.mark.parametrize("ord", [None, 1, 2, 3, np.inf, 0])
def test_integers_have_a_norm_of_float64(ord):
    whole = np.array([3, -4, 0])
    found = np.linalg.norm(lift(whole), ord)
    assert found.dtype == np.float64
    assert found.item() == pytest.approx(np.linalg.norm(whole, ord))


def test_norms_of_lists_of_tensors():
    assert cr.grad(lambda x: cr.norm([x, x + 2]))(0.0) == 1.0
