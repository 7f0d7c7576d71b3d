"""Layers converted to PyTorch modules have the same outputs, gradients, names and statistics."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError
from nn.every_layer import LAYERS, WIDTH, inputs

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(7)
CLOSE = {"rtol": 1e-12, "atol": 1e-12}


def random_layer(name):
    """The layer with random values."""
    model = LAYERS[name](np.float64)
    tensors = {**model.parameters(), **model.buffers()}
    model.load({key: RNG.uniform(0.3, 1.5, t.shape) for key, t in tensors.items()})
    return model


# a function has no counterpart
@pytest.mark.parametrize("name", [name for name in LAYERS if name != "function"])
@pytest.mark.parametrize("shape", [(5, WIDTH), (2, 3, WIDTH)], ids=str)
def test_outputs_gradients_and_names_are_the_same(name, shape):
    model = random_layer(name)
    x, module = inputs(model, shape, RNG), model.to_torch()
    assert isinstance(module, torch.nn.Module)
    names = {key for key in module.state_dict() if not key.endswith("num_batches_tracked")}
    assert names == set(model.parameters()) | set(model.buffers())
    theirs = module(torch.tensor(x))
    np.testing.assert_allclose(theirs.detach().numpy(), model(x).value, **CLOSE)
    if model.parameters():
        theirs.square().sum().backward()
        gradients = cr.sum(cr.square(model(x))).gradients()
        for key, parameter in module.named_parameters():
            np.testing.assert_allclose(
                parameter.grad.numpy(), gradients[key].value, rtol=1e-9, atol=1e-11
            )


@pytest.mark.parametrize("name", [name for name in LAYERS if "batch" in name])
def test_training_keeps_the_same_statistics(name):
    model, x = random_layer(name), RNG.normal(size=(6, WIDTH))
    module = model.to_torch().train()
    scope = model.scope(training=True)
    y = model.apply(scope, cr.ops.tensor.constant(x))
    np.testing.assert_allclose(module(torch.tensor(x)).detach().numpy(), y.value, **CLOSE)
    state = module.state_dict()
    for key, tensor in scope.updates.items():
        np.testing.assert_allclose(state[key].numpy(), tensor.value, **CLOSE)


def test_one_row_does_not_change_the_statistics():
    module = nn.BatchNorm(WIDTH).to_torch().train()
    before = module.running_mean.clone()
    x = RNG.normal(size=(1, WIDTH))
    y = module(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(y, nn.BatchNorm(WIDTH)(x, training=True).value, **CLOSE)
    assert torch.equal(module.running_mean, before)


def test_single_precision_stays():
    model = nn.mlp(3, (4,), 2, dtype=np.float32)
    assert {p.dtype for p in model.to_torch().parameters()} == {torch.float32}


def test_a_shared_layer_is_one_module():
    layer = nn.Linear(3, 3)
    module = nn.Sequential(layer, nn.Tanh(), layer).to_torch()
    assert len(list(module.parameters())) == 2


def test_copies_are_independent():
    model = nn.mlp(3, (4,), 2)
    module = model.to_torch()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(1.0)
    weight = model.parameters()["layers.0.weight"].value
    assert not np.allclose(module.state_dict()["layers.0.weight"].numpy(), weight)
    assert module.training is False


def test_round_trip():
    model = random_layer("everything")
    x = RNG.normal(size=(5, WIDTH))
    back = cr.from_torch(model.to_torch(), x)
    assert set(back.parameters()) == set(model.parameters())
    np.testing.assert_allclose(back(x).value, model(x).value, **CLOSE)


def test_modules_can_be_saved():
    module = random_layer("everything").to_torch()
    again = pickle.loads(pickle.dumps(module))
    x = torch.tensor(RNG.normal(size=(2, WIDTH)))
    assert torch.equal(again(x), module(x))


def test_an_unknown_layer_is_named_in_the_error():
    class Twice(nn.Layer):
        def apply(self, scope, x):
            return 2 * x

    with pytest.raises(OptionError, match=r"to_torch: expected layers of .*, got Twice"):
        nn.Sequential(Twice()).to_torch()
