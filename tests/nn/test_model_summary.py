"""The summary of a model."""

from __future__ import annotations

import pytest

from chainrule import nn
from chainrule.errors import OptionError


def test_summary():
    block = nn.Residual(nn.Sequential(nn.Linear(8, 8, "shared"), nn.Tanh()))
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm(8), block, nn.Linear(8, 3))
    rows = [(row.name, row.layer, row.shape, row.parameters) for row in nn.summary(model)]
    assert rows == [
        ("layers.0", "Linear", (8,), 40),
        ("layers.1", "BatchNorm", (8,), 16),
        ("layers.2.inner.layers.0", "Linear", (8,), 65),
        ("layers.2.inner.layers.1", "Tanh", (8,), 0),
        ("layers.3", "Linear", (3,), 27),
    ]
    assert nn.summary(nn.Tanh(), (5, 2)) == [nn.Row("", "Tanh", (5, 2), 0)]
    with pytest.raises(OptionError, match="shape"):
        nn.summary(nn.Tanh())
