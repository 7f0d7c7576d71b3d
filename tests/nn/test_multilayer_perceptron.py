"""The multi-layer perceptron: its layers, its initialisation, its dtype."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn


def test_the_layers_of_an_mlp():
    model = nn.mlp(4, (8, 6), 3, activation="tanh", batch_norm=True, dropout=0.2)
    kinds = [type(layer).__name__ for layer in model.layers]
    block = ["Linear", "BatchNorm", "Tanh", "Dropout"]
    assert kinds == [*block, *block, "Linear"]
    assert "layers.0.bias" not in model.parameters()
    assert "layers.8.bias" in model.parameters()
    assert model(np.ones(4)).shape == (3,)
    assert model(np.ones((5, 4))).shape == (5, 3)


def test_mlp_without_hidden_layers_is_linear():
    assert repr(nn.mlp(2, (), 1)) == "Sequential(Linear(inputs=2, outputs=1, bias='own'))"


def test_the_default_initialiser_depends_on_the_activation():
    def scale(layer, **options):
        return (
            nn.mlp(200, (300,), 200, **options).parameters()[f"layers.{layer}.weight"].value.std()
        )

    np.testing.assert_allclose(scale(0), np.sqrt(2 / 200), rtol=0.02)
    np.testing.assert_allclose(scale(2), np.sqrt(2 / 500), rtol=0.02)
    np.testing.assert_allclose(scale(0, activation="tanh"), np.sqrt(2 / 500), rtol=0.02)
    np.testing.assert_allclose(scale(2, init="normal(0.5)"), 0.5, rtol=0.02)
    assert scale(0, init="constant(0.5)") == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype(dtype):
    model = nn.mlp(4, (8,), 3, batch_norm=True, dtype=dtype)
    assert {t.dtype for t in (model.parameters() | model.buffers()).values()} == {np.dtype(dtype)}
    assert model(np.ones(4)).dtype == model([1, 2, 3, 4]).dtype == dtype


def test_linear_layers_collapse_into_one():
    model = nn.mlp(3, (4, 4), 2, activation="identity", seed=5)
    x = np.random.default_rng(0).normal(size=(6, 3))
    offset = model(np.zeros(3)).value
    slope = cr.jacobian(lambda v: model(v))(cr.variable(np.zeros(3))).value
    np.testing.assert_allclose(model(x).value, x @ slope.T + offset, atol=1e-12)
