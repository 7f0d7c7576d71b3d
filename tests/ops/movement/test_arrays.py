"""Arrays of tensors, numbers and arrays in nested lists: against JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy
import pytest

import chainrule as cr
import chainrule.numpy as np
from chainrule.errors import OptionError

jax.config.update("jax_enable_x64", True)

X = numpy.array([0.5, -1.0, 2.0])

CASES = {
    "nested lists": lambda m, x: m.array([[x[0], 1.0, x[1] * 2], [x[2], x[0], 3]]),
    "rows": lambda m, x: m.array([x, m.sin(x)]),
    "least number of axes": lambda m, x: m.array(x * x, ndmin=3),
    "dtype": lambda m, x: m.asarray([x[0], 2], dtype=numpy.float32).astype(float) * x[1],
    "of a tensor": lambda m, x: m.asanyarray(x) * m.ascontiguousarray(x) if m is np else x * x,
    "mean of a list": lambda m, x: m.mean(m.array([x[0], x[1]])),
    "r_": lambda m, x: m.r_[x, 4.0, x[:2] ** 2, 0:3, x[0]],
    "r_ of one": lambda m, x: m.r_[x],
    "c_": lambda m, x: m.c_[x, [4.0, 5.0, 6.0], m.sin(x), m.reshape(m.tile(x, 2), (3, 2))],
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_those_of_jax(name: str) -> None:
    case = CASES[name]
    found = case(np, cr.variable(X)).value
    expected = case(jnp, jnp.asarray(X))
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    numpy.testing.assert_allclose(found, expected, rtol=1e-6)
    weights = numpy.cos(numpy.arange(found.size)).reshape(found.shape)
    numpy.testing.assert_allclose(
        cr.grad(lambda x: np.sum(case(np, x) * weights))(X),
        jax.grad(lambda x: jnp.sum(case(jnp, x) * weights))(X),
        rtol=1e-6,
    )
    plain = case(np, X)  # without a tensor, NumPy's own
    assert type(plain) in (numpy.ndarray, numpy.float64)
    numpy.testing.assert_allclose(plain, expected, rtol=1e-6)


def test_what_is_refused():
    x = cr.variable(X)
    with pytest.raises(OptionError, match=r"np\.r_.*directive '0,2'"):
        np.r_["0,2", x]
    with pytest.raises(OptionError, match=r"np\.array.*like"):
        np.array([x, x], like=X)
    assert np.r_[1:3].tolist() == [1, 2]


def test_how_an_array_lies_in_memory_changes_no_entry():
    x = cr.variable([[1.0, 2.0], [3.0, 4.0]])
    for found in (np.array(x, copy=True, order="F"), np.asarray(x, order="C"), np.array([x, x])[0]):
        assert isinstance(found, cr.Tensor)
        np.testing.assert_array_equal(found.value, x.value)
