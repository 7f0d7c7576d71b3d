"""Normalisations in float32 about a large mean, against PyTorch in float64."""

from __future__ import annotations

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import chainrule as cr  # noqa: E402
from chainrule.ops.tensor import constant  # noqa: E402

LAYERS = {
    "BatchNorm1d": lambda: torch.nn.BatchNorm1d(6),
    "LayerNorm": lambda: torch.nn.LayerNorm([4]),
    "GroupNorm": lambda: torch.nn.GroupNorm(2, 6),
    "InstanceNorm1d": lambda: torch.nn.InstanceNorm1d(6),
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_rounding_of_the_mean_cancels(name):
    x = (1e4 + np.random.default_rng(0).normal(size=(64, 6, 4))).astype(np.float32)
    module = LAYERS[name]()
    exact = copy.deepcopy(module).double()(torch.tensor(x).double()).detach().numpy()
    model = cr.from_torch(module, torch.tensor(x))
    found = model.apply(model.scope(training=True), constant(x)).value
    assert np.max(abs(found - exact)) < 2e-6
