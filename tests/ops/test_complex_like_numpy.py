"""NumPy's functions of complex numbers: each gives what NumPy gives, or refuses them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ChainruleError
from chainrule.ops.registry import NUMPY, home

RANDOM = np.random.default_rng(0)


def drawn(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape) + 1j * RANDOM.standard_normal(shape)


VECTOR, LONGER, MATRIX = drawn(3), drawn(4), drawn(3, 3)
HERMITIAN = MATRIX @ MATRIX.conj().T + np.eye(3)
ARGUMENTS = {
    "vector": (VECTOR,),
    "matrix": (MATRIX,),
    "Hermitian matrix": (HERMITIAN,),
    "vectors": (VECTOR, drawn(3)),
    "vectors of two lengths": (VECTOR, LONGER),
    "matrix, vector": (MATRIX, VECTOR),
    "matrices": (MATRIX, HERMITIAN),
}
FREE = {np.empty_like, np.unique_values, np.common_type, np.min_scalar_type, np.result_type}
"""Functions whose entries or order are not settled, and of dtypes."""

FUNCTIONS = [f for f in NUMPY if home(f).startswith("numpy") and f not in FREE]


def values(found: Any) -> list[np.ndarray]:
    if isinstance(found, (tuple, list)):
        return [value for part in found for value in values(part)]
    return [np.asarray(found.value if isinstance(found, cr.Tensor) else found)]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_complex_arguments(function):
    for name, arguments in ARGUMENTS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                expected = values(function(*[array.copy() for array in arguments]))
            except Exception:  # it takes other arguments
                continue
            try:
                found = values(function(*[cr.stack(list(array)) for array in arguments]))
            except ChainruleError:  # it is refused
                continue
        for one, other in zip(found, expected, strict=True):
            assert one.shape == other.shape, name
            assert one.dtype == other.dtype or one.dtype.kind == other.dtype.kind == "i", name
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12, err_msg=name)


def test_moments_about_a_mean_that_is_given():
    x = cr.stack(list(LONGER))
    for options in ({"mean": np.mean(LONGER)}, {"where": np.array([True, True, False, True])}):
        np.testing.assert_allclose(np.var(x, **options).value, np.var(LONGER, **options))
        np.testing.assert_allclose(np.std(x, **options).value, np.std(LONGER, **options))


@pytest.mark.parametrize("ord", [0, 0.5, 1, 2, 3, np.inf, -np.inf])
def test_norms(ord):
    for array, axis in [(VECTOR, None), (MATRIX, 0)]:
        found = np.linalg.norm(cr.stack(list(array)), ord, axis)
        expected = np.linalg.norm(array, ord, axis)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found.value, expected)
    cr.check_grad(lambda x: np.linalg.norm(x, ord) if ord else np.linalg.norm(x), VECTOR)
    if ord in (1, np.inf, -np.inf):
        found = np.linalg.norm(cr.stack(list(MATRIX)), ord)
        np.testing.assert_allclose(found.value, np.linalg.norm(MATRIX, ord))
