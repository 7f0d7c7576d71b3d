"""Residual blocks."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import nn
from chainrule.errors import ShapeError

RNG = np.random.default_rng(1)


def test_residual():
    w, b, x = RNG.normal(size=(3, 3)), RNG.normal(size=3), RNG.normal(size=(5, 3))
    block = nn.Residual(nn.Linear.of(w, b))
    np.testing.assert_allclose(block(x).value, x + x @ w.T + b)
    assert list(block.parameters()) == ["inner.weight", "inner.bias"]
    with pytest.raises(ShapeError, match="keeps the shape"):
        nn.Residual(nn.Linear(3, 2))(x)
