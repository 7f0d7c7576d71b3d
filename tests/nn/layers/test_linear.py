"""Linear layers against JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

jax.config.update("jax_enable_x64", True)

RNG = np.random.default_rng(1)
W, B, X = RNG.normal(size=(3, 4)), RNG.normal(size=3), RNG.normal(size=(5, 4))


@pytest.mark.parametrize("x", [X[0], X, X[:, None, :]], ids=["row", "batch", "time"])
@pytest.mark.parametrize("bias", [None, B, B[:1], B[0]], ids=["none", "own", "shared", "scalar"])
def test_linear(x, bias):
    layer = nn.Linear.of(W, bias)
    weights = RNG.normal(size=(*x.shape[:-1], 3))
    inputs = cr.variable(x, "x")
    gradients = cr.sum(layer(inputs) * weights).gradients()

    def reference(x, w, *b):
        return jnp.sum((jnp.einsum("...d,hd->...h", x, w) + sum(b)) * weights)

    args = [x, W] if bias is None else [x, W, np.reshape(bias, -1)]
    expected = jax.grad(reference, argnums=tuple(range(len(args))))(*args)
    names = ["x", "weight", "bias"][: len(args)]
    for name, gradient in zip(names, expected, strict=True):
        np.testing.assert_allclose(gradients[name].value, gradient, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(cr.sum(layer(x) * weights).item(), reference(*args), rtol=1e-12)
    assert layer.bias == (None if bias is None else "own" if np.shape(bias) == (3,) else "shared")
