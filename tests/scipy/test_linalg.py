"""`chainrule.scipy.linalg`: SciPy's arguments and defaults, values and gradients."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

import chainrule as cr
from chainrule.errors import ChainruleError, OptionError, ShapeError
from chainrule.ops.linalg.matrix_functions.scipy_names import SCIPY
from chainrule.scipy import linalg

RNG = np.random.default_rng(3)
A = RNG.normal(size=(3, 3)) + 3 * np.eye(3)
POSITIVE = A @ A.T + np.eye(3)
B, V, TALL = RNG.normal(size=(3, 2)), RNG.normal(size=3), RNG.normal(size=(4, 3))
BANDS = RNG.normal(size=(4, 5)) + 4.0

CALLS = {
    "block_diag": [(A, B)],
    "cho_factor": [(POSITIVE,), (POSITIVE, True)],
    "cholesky": [(POSITIVE,), (POSITIVE, True)],
    "det": [(A,)],
    "eigh": [(POSITIVE,)],
    "eigvalsh": [(POSITIVE,)],
    "expm": [(A,)],
    "inv": [(A,)],
    "norm": [(A,), (A, 1), (A, 2), (V, 3), (A, None, 0), (A, "fro", None, True)],
    "qr": [(A,), (A, False, None, "economic"), (TALL, False, None, "economic")],
    "solve": [(A, B), (A, V)],
    "solve_banded": [((2, 1), BANDS, RNG.normal(size=5)), ((1, 2), BANDS, RNG.normal(size=(5, 2)))],
    "solve_sylvester": [(A, POSITIVE, A)],
    "solve_triangular": [(A, B), (A, V, 1), (A, V, 0, True)],
    "sqrtm": [(POSITIVE,)],
    "svd": [(A,), (TALL, False), (A, True, False)],
    "svdvals": [(TALL,)],
    "toeplitz": [(V,), (V, V + 1.0)],
}
SIGNS_ARE_FREE = {"eigh", "svd", "qr"}


def cases():
    return [(name, args) for name, calls in CALLS.items() for args in calls]


def arrays(found):
    parts = found if isinstance(found, tuple) else (found,)
    return [part.value if isinstance(part, cr.Tensor) else part for part in parts]


def test_every_name_has_a_call():
    assert {function.__name__ for function in SCIPY} == {*CALLS, "cho_solve"}


@pytest.mark.parametrize(("name", "args"), cases())
def test_values_are_scipys(name, args):
    function, theirs = getattr(linalg, name), getattr(scipy.linalg, name)
    lifted = [cr.variable(a) if isinstance(a, np.ndarray) else a for a in args]
    found, expected = arrays(function(*lifted)), arrays(theirs(*args))
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert np.shape(one) == np.shape(other)
        if name in SIGNS_ARE_FREE:
            one, other = np.abs(one), np.abs(other)
        if name == "cho_factor":  # whose other triangle is unspecified
            keep = np.tril if expected[1] else np.triu
            one, other = (keep(part) if np.ndim(part) else part for part in (one, other))
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
    plain = arrays(function(*args))
    assert all(type(one) is type(other) for one, other in zip(plain, expected, strict=True))


@pytest.mark.parametrize(("name", "args"), [c for c in cases() if c[0] not in SIGNS_ARE_FREE])
def test_gradients(name, args):
    wrt = [i for i, a in enumerate(args) if isinstance(a, np.ndarray)]

    def of(*chosen):
        full = list(args)
        for i, one in zip(wrt, chosen, strict=True):
            symmetric = args[i] is POSITIVE and name != "solve_sylvester"
            full[i] = (one + cr.transpose(one)) / 2 if symmetric else one
        found = getattr(linalg, name)(*full)
        return found[0] if isinstance(found, tuple) else found

    cr.check_grad(of, *(args[i] for i in wrt), order=2, rtol=1e-5)


def test_a_factor_solves():
    def solution(a, b):
        return linalg.cho_solve(linalg.cho_factor((a + cr.transpose(a)) / 2), b)

    found = solution(cr.variable(POSITIVE), V)
    np.testing.assert_allclose(found.value, np.linalg.solve(POSITIVE, V), rtol=1e-12)
    cr.check_grad(solution, POSITIVE, V)


def test_settings_of_speed_and_checks_change_nothing():
    x = cr.variable(A)
    for name in ("inv", "det", "norm", "svdvals"):
        np.testing.assert_array_equal(
            getattr(linalg, name)(x, check_finite=False).value, getattr(linalg, name)(x).value
        )
    np.testing.assert_array_equal(linalg.inv(x, overwrite_a=True).value, linalg.inv(x).value)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda a: linalg.logm(a), OptionError, "scipy.linalg.logm: "),
        (lambda a: linalg.qr(a, pivoting=True), OptionError, "pivoting=True"),
        (lambda a: linalg.qr(a, mode="raw"), OptionError, "qr mode: .*'raw'"),
        (lambda a: linalg.eigh(a, POSITIVE), OptionError, "scipy.linalg.eigh: "),
        (lambda a: linalg.solve_banded((1, 2), a, V), ShapeError, "4 rows of diagonals"),
        (lambda a: linalg.solve_banded((1,), a, V), OptionError, "two whole numbers"),
    ],
)
def test_what_is_refused(call, error, says):
    with pytest.raises(error, match=says):
        call(cr.variable(A))


@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("assumed", [None, "gen", "sym", "her", "pos"])
@pytest.mark.parametrize("dtype", [float, complex])
def test_a_matrix_that_is_assumed_to_be_symmetric_is_read_in_one_triangle(lower, assumed, dtype):
    a = POSITIVE.astype(dtype)
    a[0, 1:] += 0.5j if dtype is complex else 0.5
    options = {"assume_a": assumed, "lower": lower}
    expected = scipy.linalg.solve(a, V, **options)
    np.testing.assert_allclose(linalg.solve(cr.variable(a), V, **options).value, expected)
    if dtype is float:
        cr.check_grad(lambda a: cr.sum(linalg.solve(a, V, **options) * V), a)


def test_the_transposed_system():
    found = linalg.solve(cr.variable(A), V, transposed=True).value
    np.testing.assert_allclose(found, scipy.linalg.solve(A, V, transposed=True))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda x: linalg.inv(x * 0.0), "scipy.linalg.inv: expected square matrices"),
        (lambda x: linalg.solve(x * 0.0, V), "scipy.linalg.solve: expected square matrices"),
        (lambda x: linalg.cho_factor(-x), "scipy.linalg.cho_factor: expected positive definite"),
        (lambda x: linalg.norm(x, 5), "scipy.linalg.norm ord: expected 'fro'"),
        (lambda x: linalg.qr(x[:2]), "scipy.linalg.qr mode: .*pass mode='economic'"),
        (
            lambda x: linalg.solve(x, V, assume_a="banded"),
            "solve assume_a: .*'banded'",
        ),
        (lambda x: linalg.block_diag(x[None]), r"block_diag: expected matrices, got shape \(1, 3"),
    ],
)
def test_errors_have_scipys_name_of_what_was_called(call, says):
    with pytest.raises(ChainruleError, match=says):
        call(cr.variable(A))
