"""LayerNorm against JAX, BatchNorm and its running statistics against NumPy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import ShapeError

jax.config.update("jax_enable_x64", True)

RNG = np.random.default_rng(2)


@pytest.mark.parametrize("momentum", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("shape", [(6, 3), (2, 4, 3)])
def test_running_statistics(momentum, shape):
    layer = nn.BatchNorm(3, momentum=momentum)
    mean, var = np.zeros(3), np.ones(3)
    for _ in range(5):
        x = 3 + 2 * RNG.normal(size=shape)
        scope = layer.scope(training=True)
        y = layer.apply(scope, cr.variable(x))
        rows = x.reshape(-1, 3)
        std = np.sqrt(((rows - rows.mean(0)) ** 2).mean(0) + 1e-5)
        np.testing.assert_allclose(y.value, (x - rows.mean(0)) / std, rtol=1e-12, atol=1e-13)
        layer.load(scope.updates, partial=True)
        mean = (1 - momentum) * mean + momentum * rows.mean(0)
        var = (1 - momentum) * var + momentum * np.cov(rows.T, ddof=1).diagonal()
        np.testing.assert_allclose(layer.buffers()["running_mean"].value, mean, rtol=1e-13)
        np.testing.assert_allclose(layer.buffers()["running_var"].value, var, rtol=1e-13)
    x = RNG.normal(size=shape)
    np.testing.assert_allclose(layer(x).value, (x - mean) / np.sqrt(var + 1e-5), rtol=1e-12)


def test_scale_and_shift():
    layer = nn.BatchNorm(2)
    layer.load({"weight": [2.0, 3.0], "bias": [1.0, -1.0]}, partial=True)
    x = RNG.normal(size=(50, 2))
    y = layer(x, training=True).value
    np.testing.assert_allclose(y.mean(0), [1.0, -1.0], atol=1e-12)
    np.testing.assert_allclose(y.std(0), [2.0, 3.0], rtol=1e-4)


def test_evaluation_and_a_single_row_leave_the_buffers_alone():
    layer = nn.BatchNorm(2)
    for x, training in ((np.ones((5, 2)), False), (np.ones((1, 2)), True), (np.ones(2), True)):
        scope = layer.scope(training=training)
        y = layer.apply(scope, cr.variable(x))
        assert not scope.updates
        np.testing.assert_allclose(y.value, x / np.sqrt(1 + 1e-5))


def test_a_layer_used_twice_updates_its_buffers_twice():
    norm = nn.BatchNorm(1, momentum=0.5)
    model = nn.Sequential(norm, nn.Identity(), norm)
    scope = model.scope(training=True)
    model.apply(scope, cr.variable(np.array([[1.0], [3.0]])))
    assert list(scope.updates) == ["layers.0.running_mean", "layers.0.running_var"]
    # (½·0 + ½·2)·½ + ½·0, since the input of the second use has mean 0
    np.testing.assert_allclose(scope.updates["layers.0.running_mean"].value, [0.5], atol=1e-12)


def test_an_update_must_have_the_shape_of_its_buffer():
    scope = nn.BatchNorm(2).scope(training=True)
    with pytest.raises(ShapeError, match="running_mean"):
        scope.update("running_mean", cr.variable([1.0]))


def test_layer_norm():
    layer = nn.LayerNorm(4)
    weight, bias, x = RNG.normal(size=4), RNG.normal(size=4), RNG.normal(size=(5, 4))
    layer.load({"weight": weight, "bias": bias})

    def reference(x):
        mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) / jnp.sqrt(var + 1e-5) * weight + bias

    np.testing.assert_allclose(layer(x).value, reference(jnp.asarray(x)), rtol=1e-12)
