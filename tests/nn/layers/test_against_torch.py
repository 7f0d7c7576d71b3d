"""Layers against PyTorch, where it is installed."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(3)


def tensor(array):
    return torch.tensor(np.asarray(array).tolist(), dtype=torch.float64)


def array(tensor):
    return np.array(tensor.detach().tolist())


TORCH_MODULES = {
    "sigmoid": torch.nn.Sigmoid(),
    "tanh": torch.nn.Tanh(),
    "relu": torch.nn.ReLU(),
    "leaky_relu": torch.nn.LeakyReLU(),
    "elu": torch.nn.ELU(),
    "gelu": torch.nn.GELU(),
    "silu": torch.nn.SiLU(),
    "softplus": torch.nn.Softplus(),
    "identity": torch.nn.Identity(),
    "softmax": torch.nn.Softmax(-1),
}


@pytest.mark.parametrize("name", TORCH_MODULES)
def test_activations(name):
    x = RNG.normal(size=(5, 4))
    x[0, 0] = 0.0  # at the kinks, the derivatives are chosen alike
    inputs = tensor(x).requires_grad_()
    weights = RNG.normal(size=x.shape)
    (TORCH_MODULES[name](inputs) * tensor(weights)).sum().backward()
    ours = cr.variable(x, "x")
    loss = cr.sum(nn.activation(name)(ours) * weights)
    np.testing.assert_allclose(loss.gradients()["x"].value, array(inputs.grad), atol=1e-14)


def test_a_network_with_batch_norm_trains_as_in_pytorch():
    model = nn.mlp(4, (6, 5), 3, batch_norm=True, activation="relu", seed=1)
    theirs = torch.nn.Sequential(
        torch.nn.Linear(4, 6, bias=False),
        torch.nn.BatchNorm1d(6),
        torch.nn.ReLU(),
        torch.nn.Linear(6, 5, bias=False),
        torch.nn.BatchNorm1d(5),
        torch.nn.ReLU(),
        torch.nn.Linear(5, 3),
    ).double()
    names = {name: f"layers.{name}" for name in theirs.state_dict() if "tracked" not in name}
    ours = model.parameters() | model.buffers()
    assert set(names.values()) == set(ours)
    values = {name: tensor(ours[full].value) for name, full in names.items()}
    theirs.load_state_dict(values, strict=False)
    x, y = RNG.normal(size=(8, 4)), RNG.integers(0, 3, 8)
    loss = torch.nn.functional.cross_entropy(theirs(tensor(x)), torch.tensor(y.tolist()))
    loss.backward()

    scope = model.scope(training=True)
    value = cr.ops.losses.cross_entropy(model.apply(scope, cr.ops.tensor.constant(x)), y)
    gradients = value.gradients()
    np.testing.assert_allclose(value.item(), loss.item(), rtol=1e-13)
    for name, parameter in theirs.named_parameters():
        np.testing.assert_allclose(
            gradients[names[name]].value, array(parameter.grad), rtol=1e-10, atol=1e-13
        )
    model.load(scope.updates, partial=True)
    for name, buffer in theirs.named_buffers():
        if name in names:
            np.testing.assert_allclose(model.buffers()[names[name]].value, array(buffer))
    theirs.eval()
    np.testing.assert_allclose(model(x).value, array(theirs(tensor(x))), rtol=1e-12)


def test_layer_norm():
    theirs = torch.nn.LayerNorm(4).double()
    x = RNG.normal(size=(5, 4))
    np.testing.assert_allclose(nn.LayerNorm(4)(x).value, array(theirs(tensor(x))), rtol=1e-12)
