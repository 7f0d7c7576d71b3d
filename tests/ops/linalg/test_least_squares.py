"""Pseudo-inverses, least squares, condition numbers and ranks."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr

RANDOM = np.random.default_rng(13)
SQUARE = RANDOM.normal(size=(3, 3)) + 3 * np.eye(3)
STACK = RANDOM.normal(size=(2, 3, 3)) + 3 * np.eye(3)
SYSTEMS = {
    "overdetermined": (RANDOM.normal(size=(4, 2)), RANDOM.normal(size=4)),
    "several right sides": (RANDOM.normal(size=(3, 2)), RANDOM.normal(size=(3, 2))),
    "underdetermined": (RANDOM.normal(size=(2, 3)), RANDOM.normal(size=2)),
    "square": (SQUARE, RANDOM.normal(size=3)),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_least_squares(name):
    a, b = SYSTEMS[name]
    found = np.linalg.lstsq(cr.variable(a), cr.variable(b), rcond=None)
    for one, other in zip(found, np.linalg.lstsq(a, b, rcond=None), strict=True):
        value = one.value if isinstance(one, cr.Tensor) else one
        np.testing.assert_allclose(value, other, rtol=1e-10)
    cr.check_grad(lambda a, b: np.linalg.lstsq(a, b)[0], a, b, order=2, rtol=1e-5, atol=1e-6)
    cr.check_grad(lambda a, b: np.linalg.lstsq(a, b)[1], a, b, rtol=1e-5, atol=1e-6)
    cr.check_grad(lambda a: np.linalg.lstsq(a, b, -1)[3], a, rtol=1e-5, atol=1e-6)


def test_least_squares_of_low_rank_has_the_shortest_solution():
    a = np.outer([1.0, 2.0, 3.0], [1.0, 1.0])
    x, residuals, rank, _ = np.linalg.lstsq(cr.variable(a), [1.0, 2.0, 3.0])
    np.testing.assert_allclose(x.value, [0.5, 0.5])
    assert (rank, residuals.shape) == (1, (0,))


def test_the_limit_of_small_singular_values():
    a = np.diag([1.0, 1e-3])
    for options in ({}, {"rcond": 1e-2}, {"rtol": 1e-2}, {"rtol": None}, {"rcond": 1e-4}):
        found = np.linalg.pinv(cr.variable(a), **options)
        np.testing.assert_allclose(found.value, np.linalg.pinv(a, **options), atol=1e-12)
    x = np.linalg.lstsq(cr.variable(a), np.ones(2), 1e-2)[0]
    np.testing.assert_allclose(x.value, [1.0, 0.0], atol=1e-15)


@pytest.mark.parametrize("p", [None, 2, -2, 1, -1, np.inf, -np.inf, "fro", "nuc"])
def test_condition_numbers(p):
    for x in (SQUARE, STACK):
        np.testing.assert_allclose(np.linalg.cond(cr.variable(x), p).value, np.linalg.cond(x, p))
        cr.check_grad(lambda x: np.linalg.cond(x, p), x, order=2, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("p", [None, 2, -2, 1, -1, np.inf, "fro"])
def test_condition_numbers_of_singular_matrices(p):
    many = np.array([[[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]]])
    found, expected = np.linalg.cond(cr.variable(many), p).value, np.linalg.cond(many, p)
    np.testing.assert_allclose(np.minimum(found, 1e15), np.minimum(expected, 1e15))
    assert np.isnan(np.linalg.cond(cr.variable([[np.nan]]), p).value)


def test_ranks_are_plain_numbers():
    low = np.outer([1.0, 2.0], [1.0, 1.0])
    assert np.linalg.matrix_rank(cr.variable(low)) == 1
    assert np.linalg.matrix_rank(cr.variable(STACK), tol=1e-9).tolist() == [3, 3]


def test_eigenvalues_of_matrices_that_are_not_symmetric():
    x = np.array([[1.0, 0.3, -0.2], [0.1, 2.0, 0.4], [-0.3, 0.2, 4.0]])
    for function in (np.linalg.eigvals, lambda x: np.linalg.eig(x)[1] ** 2):
        np.testing.assert_allclose(function(cr.variable(x)).value, function(x))
        cr.check_grad(function, x, rtol=1e-5, atol=1e-6)


def test_cholesky_of_the_upper_triangle():
    x = np.array([[4.0, 2.0], [np.nan, 10.0]])
    found = np.linalg.cholesky(cr.variable(x), upper=True)
    np.testing.assert_array_equal(found.value, np.linalg.cholesky(x, upper=True))


def test_the_gradient_of_cholesky_is_symmetric():
    x = SQUARE @ SQUARE.T
    for upper in (False, True):
        found = cr.grad(lambda a, u=upper: np.sum(np.linalg.cholesky(a, upper=u) ** 3))(x)
        np.testing.assert_array_equal(found, found.T)
        cr.check_grad(
            lambda a, u=upper: np.linalg.cholesky((a + a.T) / 2, upper=u),
            x,
            order=2,
            rtol=1e-5,
            atol=1e-6,
        )


def test_wide_qr():
    x = RANDOM.normal(size=(2, 2, 4))
    for mode in ("reduced", "r"):
        found, expected = np.linalg.qr(cr.variable(x), mode), np.linalg.qr(x, mode)
        for one, other in zip(
            *((found, expected) if mode == "reduced" else ([found], [expected])), strict=True
        ):
            np.testing.assert_allclose(one.value, other, atol=1e-14)
    cr.check_grad(lambda x: np.linalg.qr(x)[0], x, order=2, rtol=1e-5, atol=1e-5)
    cr.check_grad(lambda x: np.linalg.qr(x, "r"), x, order=2, rtol=1e-5, atol=1e-5)
