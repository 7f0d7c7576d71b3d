"""Where linear algebra is delicate: the convention, and no nan where the mathematics is finite."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import DifferentiationError, MatrixError, OptionError, ShapeError
from chainrule.graph import Evaluator
from chainrule.ops.linalg.matrix_functions import expm, solve_triangular, sqrtm
from chainrule.ops.tensor import lift

RANDOM = np.random.default_rng(7)


def orthogonal(n: int) -> np.ndarray:
    return np.linalg.qr(RANDOM.normal(size=(n, n)))[0]


def by_differences(function, x, step=1e-6):
    found = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        shift = np.zeros_like(x)
        shift[index] = step
        found[index] = (function(x + shift) - function(x - shift)) / (2 * step)
    return found


# equal eigenvalues


def test_invariant_functions_of_equal_eigenvalues_have_their_gradient():
    """The projection onto the eigenspace of {1, 1} does not depend on the basis chosen there."""
    q = orthogonal(3)
    x = (q * [1.0, 1.0, 4.0]) @ q.T
    weights = RANDOM.normal(size=(3, 3))

    def function(a):
        v = np.linalg.eigh((a + a.T) / 2)[1][:, :2]
        return np.sum(v @ v.T * weights)

    np.testing.assert_allclose(cr.grad(function)(x), by_differences(function, x), atol=1e-7)


@pytest.mark.parametrize("spectrum", [[2.0, 2.0, 2.0], [0.0, 0.0, 0.0], [1.0, 1.0, 3.0]])
def test_eigh_of_equal_eigenvalues_gives_finite_derivatives(spectrum):
    def function(x):
        values, vectors = np.linalg.eigh(x)
        return np.sum(vectors**3) + np.sum(values**2)

    x = np.diag(spectrum)
    assert np.isfinite(cr.grad(function)(x)).all()
    assert np.isfinite(cr.hessian(function)(x)).all()


def test_eigenvalues_of_a_multiple_of_one():
    """Their sum is the trace; each alone has the gradient of the basis that LAPACK returns."""
    x = 2.0 * np.eye(3)
    found = cr.grad(lambda a: np.sum(np.linalg.eigvalsh(a)))(x)
    np.testing.assert_allclose(found, np.eye(3), atol=1e-15)


def test_eigh_reads_and_differentiates_one_triangle():
    x = np.array([[2.0, 99.0], [1.0, 3.0]])
    for uplo, unread in (("L", (0, 1)), ("U", (1, 0)), ("l", (0, 1))):
        gradient = cr.grad(lambda a, u=uplo: np.linalg.eigvalsh(a, UPLO=u)[0])(x)
        assert gradient[unread] == 0.0
        np.testing.assert_allclose(
            gradient, by_differences(lambda a, u=uplo: np.linalg.eigvalsh(a, u)[0], x), atol=1e-6
        )


# equal singular values


@pytest.mark.parametrize("values", [[2.0, 2.0, 2.0], [3.0, 1.0, 1.0]])
def test_the_polar_factor_is_differentiable_at_equal_singular_values(values):
    x = (orthogonal(3) * values) @ orthogonal(3)
    weights = RANDOM.normal(size=(3, 3))

    def function(a):
        u, s, vt = np.linalg.svd(a)
        return np.sum(u @ vt * weights) + np.sum(s**3)

    np.testing.assert_allclose(cr.grad(function)(x), by_differences(function, x), atol=1e-6)


def test_singular_values_that_are_close_lose_no_digits():
    gap = 1e-9
    x = (orthogonal(3) * [2.0, 1.0 + gap, 1.0]) @ orthogonal(3)
    weights = RANDOM.normal(size=(3, 3))

    def polar(a):
        u, _, vt = np.linalg.svd(a)
        return np.sum(u @ vt * weights)

    np.testing.assert_allclose(cr.grad(polar)(x), by_differences(polar, x), atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 3)])
def test_svd_of_zeros_gives_finite_derivatives(shape):
    def function(x):
        return sum(np.sum(part**3) for part in np.linalg.svd(x, full_matrices=False))

    assert np.isfinite(cr.grad(function)(np.zeros(shape))).all()


def test_full_singular_vectors_of_rectangles_have_values_and_no_gradient():
    x = RANDOM.normal(size=(3, 2))
    for one, other in zip(np.linalg.svd(cr.variable(x)), np.linalg.svd(x), strict=True):
        np.testing.assert_array_equal(one.value, other)
    for part in (0, 2):
        with pytest.raises(DifferentiationError, match="full_matrices=False"):
            cr.grad(lambda x, part=part: np.sum(np.linalg.svd(x)[part]))(x)
    assert np.isfinite(cr.grad(lambda x: np.sum(np.linalg.svd(x)[1]))(x)).all()


# norms


@pytest.mark.parametrize("ord", [None, 1, 2, 3, 2.5, 1.5, 0.5, -1, np.inf, 0])
def test_the_gradient_of_a_norm_of_zeros_is_0(ord):
    found = cr.grad(lambda x: np.linalg.norm(x, ord))(np.zeros(3))
    assert np.isfinite(found).all()
    if ord != np.inf:
        assert not found.any()


@pytest.mark.parametrize("ord", [None, 1, 2, 3, 2.5, 4])
def test_norms_of_vectors_with_zeros(ord):
    x = np.array([0.0, -2.0, 3.0, 0.0])
    found = cr.grad(lambda x: np.linalg.norm(x, ord))(x)
    assert found[0] == found[3] == 0.0
    expected = by_differences(lambda x: np.linalg.norm(x, ord), x)
    np.testing.assert_allclose(found[1:3], expected[1:3], atol=1e-8)
    if ord not in (1, 1.5):
        assert np.isfinite(cr.hessian(lambda x: np.linalg.norm(x, ord))(x)).all()


@pytest.mark.parametrize("ord", [None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf])
def test_the_gradient_of_a_norm_of_a_zero_matrix_is_finite(ord):
    found = cr.grad(lambda x: np.linalg.norm(x, ord))(np.zeros((2, 3)))
    assert np.isfinite(found).all()
    assert ord not in (None, "fro") or not found.any()


# determinants and inverses


@pytest.mark.parametrize("n", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("zeros", [0, 1, 2])
def test_the_gradient_of_a_determinant_is_the_matrix_of_cofactors(n, zeros):
    values = np.linspace(1.0, 2.0, n)
    values[: min(zeros, n)] = 0.0
    x = (orthogonal(n) * values) @ orthogonal(n)
    minors = np.empty((n, n))
    for i, j in np.ndindex(n, n):
        minors[i, j] = (-1.0) ** (i + j) * np.linalg.det(np.delete(np.delete(x, i, 0), j, 1))
    np.testing.assert_allclose(cr.grad(np.linalg.det)(x), minors, atol=1e-12)
    if n <= 4:
        cr.check_grad(np.linalg.det, x, order=2, rtol=1e-5, atol=1e-6)


def test_an_inverse_whose_determinant_underflows():
    x = 1e-120 * np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(cr.inv(x).value, np.linalg.inv(x))


def test_pseudo_inverses_of_low_rank():
    """The derivative in directions that keep the rank is that of finite differences."""
    left, right = RANDOM.normal(size=(4, 2)), RANDOM.normal(size=(2, 3))

    def function(a, b):
        return np.linalg.pinv(a @ b, rcond=1e-10)

    cr.check_grad(function, left, right, rtol=1e-5, atol=1e-6)


# failures


FAILING = {
    "np.linalg.solve": (lambda x: np.linalg.solve(x, np.ones(2)), [[1.0, 2.0], [2.0, 4.0]]),
    "np.linalg.cholesky": (np.linalg.cholesky, [[1.0, 2.0], [2.0, 1.0]]),
    "scipy.linalg.sqrtm": (sqrtm, [[-1.0, 0.0], [0.0, 1.0]]),
    "scipy.linalg.solve_triangular": (
        lambda x: solve_triangular(x, np.ones(2)),
        [[1.0, 2.0], [0.0, 0.0]],
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_what_has_no_result_raises_where_it_is_called_and_is_nan_where_it_is_traced(name):
    function, matrix = FAILING[name]
    with pytest.raises(MatrixError) as caught:
        function(cr.variable(matrix))
    assert str(caught.value).startswith(f"{name}: expected")
    assert isinstance(caught.value, np.linalg.LinAlgError)
    with pytest.raises(np.linalg.LinAlgError):
        cr.grad(lambda x: np.sum(function(x)))(np.array(matrix))
    several = np.stack([np.array(matrix), 2.0 * np.eye(2)])
    graph = cr.trace(lambda x: cr.stack([np.sum(function(one)) for one in x]), cr.spec((2, 2, 2)))
    bad, good = Evaluator(graph)(several)[0]
    assert np.isnan(bad)
    assert np.isfinite(good)


def test_eigenvalues_of_real_matrices_are_complex_where_they_must_be():
    """But not where a function is traced: the dtype is known before the values."""
    rotation = np.array([[0.0, 1.0], [-1.0, 0.0]])
    for function in (np.linalg.eigvals, lambda x: np.linalg.eig(x)[0]):
        for matrix in (rotation, rotation + np.eye(2), np.stack([rotation, np.eye(2)])):
            found = function(cr.variable(matrix))
            assert found.dtype == complex
            np.testing.assert_array_equal(found.value, function(matrix))
        cr.check_grad(lambda x, f=function: np.abs(f(x)), rotation + np.eye(2))
        traced = Evaluator(cr.trace(function, cr.spec((2, 2, 2))))(np.stack([rotation, np.eye(2)]))
        assert np.isnan(traced[0][0]).all()
        np.testing.assert_array_equal(traced[0][1], [1.0, 1.0])
        assert np.isnan(function(cr.variable(np.full((2, 2), np.nan))).value).any()


@pytest.mark.parametrize("name", FAILING)
def test_nan_in_nan_out(name):
    function, _ = FAILING[name]
    assert np.isnan(function(cr.variable(np.full((2, 2), np.nan))).value).any()


def test_one_failing_matrix_of_many_does_not_spoil_the_others():
    many = np.stack([np.eye(2), -np.eye(2), 4.0 * np.eye(2)])
    found = Evaluator(cr.trace(np.linalg.cholesky, cr.spec((3, 2, 2))))(many)[0]
    assert np.isnan(found[1]).all()
    np.testing.assert_array_equal(found[[0, 2]], [np.eye(2), 2.0 * np.eye(2)])


# shapes and dtypes


SQUARE = {
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "slogdet": lambda x: np.linalg.slogdet(x)[1],
    "cholesky": np.linalg.cholesky,
    "eigh": lambda x: np.linalg.eigh(x)[1],
    "eigvalsh": np.linalg.eigvalsh,
    "svd": lambda x: np.linalg.svd(x)[0],
    "svdvals": np.linalg.svdvals,
    "qr": lambda x: np.linalg.qr(x)[1],
    "qr, complete": lambda x: np.linalg.qr(x, mode="complete")[0],
    "pinv": np.linalg.pinv,
    "solve": lambda x: np.linalg.solve(x, x),
    "norm": lambda x: np.linalg.norm(x, axis=(-2, -1)),
    "matrix_norm": np.linalg.matrix_norm,
    "matrix_power": lambda x: np.linalg.matrix_power(x, 3),
    "einsum": lambda x: np.einsum("...ij,...jk->...ik", x, x),
    "trace": lambda x: np.trace(x, axis1=-2, axis2=-1),
}


@pytest.mark.parametrize("name", SQUARE)
@pytest.mark.parametrize("shape", [(0, 0), (0, 2, 2), (2, 0, 0), (0, 3, 1, 1)])
def test_matrices_without_entries_and_batches_of_none(name, shape):
    function, x = SQUARE[name], np.zeros(shape)
    found, expected = function(cr.variable(x)), function(x)
    assert found.shape == np.shape(expected)
    np.testing.assert_array_equal(found.value, expected)
    gradient = cr.grad(lambda x: np.sum(function(x)))(x)
    assert gradient.shape == shape


@pytest.mark.parametrize("name", SQUARE)
def test_dtypes_are_those_of_numpy(name):
    function, x = SQUARE[name], np.array([[2.0, 1.0], [1.0, 3.0]], np.float32)
    found = function(cr.variable(x))
    assert found.dtype == function(x).dtype == np.float32
    _, pull = cr.vjp(function, x)
    (gradient,) = pull(np.ones(found.shape, np.float32))
    assert gradient.dtype == np.float32
    whole = x.astype(int)
    assert function(lift(whole)).dtype == function(whole).dtype


def test_errors_name_numpy_s_function():
    t = cr.variable(np.ones((2, 3)))
    for attempt, error, words in (
        (lambda: np.linalg.det(t), ShapeError, ["det", "(2, 3)", "equally long"]),
        (lambda: np.linalg.solve(t @ t.T, t.T), ShapeError, ["2 rows", "b[..., None]"]),
        (lambda: np.linalg.svd(t, hermitian=True), OptionError, ["hermitian=True"]),
        (lambda: np.linalg.qr(t, "complete"), OptionError, ["np.linalg.qr mode", "'complete'"]),
        (lambda: np.linalg.qr(t, mode="raw"), OptionError, ["'raw'"]),
        (lambda: np.linalg.eigh(t @ t.T, "X"), OptionError, ["np.linalg.eigh UPLO", "'X'"]),
        (lambda: np.linalg.norm(t, "nuc", 0), OptionError, ["np.linalg.norm ord", "'nuc'"]),
        (lambda: np.linalg.norm(t, 3), OptionError, ["np.linalg.norm ord", "got 3"]),
        (lambda: np.linalg.norm(t[None], 1), ShapeError, ["np.linalg.norm", "axis="]),
        (lambda: np.linalg.norm(t, axis=(0, 0)), ShapeError, ["two, for matrices"]),
        (lambda: np.linalg.matrix_norm(t[0]), ShapeError, ["np.linalg.matrix_norm"]),
        (lambda: np.linalg.pinv(t, hermitian=True), OptionError, ["np.linalg.pinv"]),
        (lambda: np.linalg.lstsq(t, np.ones(3)), ShapeError, ["np.linalg.lstsq", "(3,)"]),
        (lambda: np.linalg.cond(t, "x"), OptionError, ["np.linalg.cond p"]),
        (lambda: np.linalg.cond(t[:0]), ShapeError, ["np.linalg.cond"]),
        (lambda: expm(t), ShapeError, ["expm", "(2, 3)"]),
        (lambda: solve_triangular(t @ t.T, t, trans=3), OptionError, ["trans", "got 3"]),
    ):
        with pytest.raises(error) as caught:
            attempt()
        assert all(word in str(caught.value) for word in words), caught.value


def test_the_triangle_that_is_read_must_be_positive_definite():
    a = np.array([[1.0, 5.0], [0.0, 1.0]])  # the lower triangle is, the upper one is not
    np.testing.assert_array_equal(np.linalg.cholesky(cr.variable(a)).value, np.eye(2))
    with pytest.raises(MatrixError, match="expected positive definite matrices"):
        np.linalg.cholesky(cr.variable(a), upper=True)


def test_a_singular_matrix_has_no_inverse_for_a_call_with_numbers():
    singular = np.ones((2, 2))
    with pytest.raises(np.linalg.LinAlgError, match=r"np\.linalg\.inv: expected square matrices"):
        np.linalg.inv(cr.variable(singular))
    with pytest.raises(np.linalg.LinAlgError, match=r"np\.linalg\.inv"):
        np.linalg.matrix_power(cr.variable(singular), -1)
    assert np.isnan(Evaluator(cr.trace(np.linalg.inv, cr.spec((2, 2))))(singular)[0]).all()
