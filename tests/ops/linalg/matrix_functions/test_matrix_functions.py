"""SciPy's functions of matrices: values, derivatives, and options."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest
import scipy.linalg

import chainrule as cr
from chainrule.errors import ShapeError
from chainrule.ops.linalg.matrix_functions import (
    block_diag,
    cho_solve,
    expm,
    solve_sylvester,
    solve_triangular,
    sqrtm,
    toeplitz,
)

RANDOM = np.random.default_rng(17)
SQUARE = RANDOM.normal(size=(3, 3)) + 3 * np.eye(3)
STACK = RANDOM.normal(size=(2, 3, 3)) + 3 * np.eye(3)


def check(function, *points):
    cr.check_grad(function, *points, order=2, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("lower", "trans", "unit", "columns"),
    [*itertools.product([False, True], [0, 1, "N", "T", "C"], [False, True], [(), (2,)])],
)
def test_solve_triangular(lower, trans, unit, columns):
    b = RANDOM.normal(size=(3, *columns))

    def function(a, b):
        return solve_triangular(a, b, trans, lower, unit)

    expected = scipy.linalg.solve_triangular(SQUARE, b, trans, lower, unit)
    np.testing.assert_allclose(function(SQUARE, b).value, expected, rtol=1e-12)
    check(function, SQUARE, b)


@pytest.mark.parametrize("lower", [False, True])
def test_cho_solve(lower):
    b = RANDOM.normal(size=(3, 2))
    factor = scipy.linalg.cho_factor(SQUARE @ SQUARE.T, lower)
    found = cho_solve(factor, b)
    np.testing.assert_allclose(found.value, scipy.linalg.cho_solve(factor, b), rtol=1e-12)
    check(lambda a, b: cho_solve((a, lower), b), SQUARE, b)


def test_solving_by_cholesky_is_solving():
    x, b = SQUARE @ SQUARE.T, RANDOM.normal(size=3)

    def by_factor(x):
        return np.sum(cho_solve((np.linalg.cholesky(x), True), b) ** 2)

    def directly(x):
        return np.sum(np.linalg.solve((x + x.T) / 2, b) ** 2)

    np.testing.assert_allclose(cr.grad(by_factor)(x), cr.grad(directly)(x), rtol=1e-9)


@pytest.mark.parametrize("x", [SQUARE, STACK, np.zeros((2, 2)), np.zeros((0, 0))], ids=str)
def test_expm(x):
    np.testing.assert_allclose(expm(x).value, scipy.linalg.expm(x))
    check(expm, 0.3 * x)


def test_sqrtm():
    x = SQUARE @ SQUARE
    np.testing.assert_allclose(sqrtm(x).value, scipy.linalg.sqrtm(x))
    check(sqrtm, x)
    check(sqrtm, STACK @ STACK)
    assert sqrtm(np.zeros((0, 0))).shape == (0, 0)


def test_solve_sylvester():
    b, q = SQUARE[:2, :2], RANDOM.normal(size=(3, 2))
    x = solve_sylvester(SQUARE, b, q)
    np.testing.assert_allclose(SQUARE @ x.value + x.value @ b, q)
    check(solve_sylvester, SQUARE, b, q)
    assert solve_sylvester(np.eye(2), np.zeros((0, 0)), np.zeros((2, 0))).shape == (2, 0)
    with pytest.raises(ShapeError, match="rows of A and the columns of B"):
        solve_sylvester(SQUARE, b, q.T)


def test_block_diag():
    parts = (SQUARE, np.array([1.0, 2.0]), np.array(3.0), np.zeros((1, 0)))
    found = block_diag(*parts)
    np.testing.assert_array_equal(found.value, scipy.linalg.block_diag(*parts))
    assert block_diag().shape == scipy.linalg.block_diag().shape
    check(block_diag, SQUARE, np.ones(2))
    with pytest.raises(ShapeError, match="matrices"):
        block_diag(STACK)


def test_toeplitz():
    column, row = np.array([1.0, 2.0, 3.0]), np.array([9.0, 5.0])
    for args in ((column,), (column, row), (row, column)):
        np.testing.assert_array_equal(toeplitz(*args).value, scipy.linalg.toeplitz(*args))
        check(toeplitz, *args)


def test_scipy_is_imported_when_it_is_used():
    code = "import sys, chainrule; print('scipy.linalg' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
