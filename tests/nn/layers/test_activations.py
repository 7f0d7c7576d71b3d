"""Activations against JAX, and the option strings that name them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError, UnknownNameError

jax.config.update("jax_enable_x64", True)

RNG = np.random.default_rng(1)
X = RNG.normal(size=(5, 4))

JAX_ACTIVATIONS = {
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "silu": jax.nn.silu,
    "softplus": jax.nn.softplus,
    "step": lambda x: jnp.where(x >= 0, 1.0, 0.0),
    "identity": lambda x: x,
    "softmax": jax.nn.softmax,
    "leaky_relu(0.3)": lambda x: jax.nn.leaky_relu(x, 0.3),
    "elu(0.5)": lambda x: jax.nn.elu(x, 0.5),
    "softmax(0)": lambda x: jax.nn.softmax(x, 0),
}


@pytest.mark.parametrize("name", {**nn.ACTIVATIONS, **JAX_ACTIVATIONS})
def test_activations(name):
    ours, reference = nn.activation(name), JAX_ACTIVATIONS[name]
    weights = RNG.normal(size=X.shape)
    np.testing.assert_allclose(ours(X).value, reference(jnp.asarray(X)), rtol=1e-12, atol=1e-15)
    got = cr.grad(lambda x: cr.sum(ours(x) * weights))(cr.variable(X))
    expected = jax.grad(lambda x: jnp.sum(reference(x) * weights))(jnp.asarray(X))
    np.testing.assert_allclose(got.value, expected, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize(
    ("option", "error"),
    [("rely", UnknownNameError), ("relu(1)", OptionError), ("elu(1, 2)", OptionError)],
)
def test_bad_activations(option, error):
    with pytest.raises(error, match="activation"):
        nn.activation(option)
