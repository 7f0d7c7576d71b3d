"""Outputs and gradients of recorded modules agree with PyTorch's autograd."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from interop import agreement
from interop.modules import MODULES, ROUNDED

TRAINED = [
    name for name, (module, *_) in MODULES.items() if "Norm" in name or list(module.children())
]


@pytest.mark.parametrize("name", MODULES)
def test_agrees_in_evaluation(name):
    module, *inputs = MODULES[name]
    agreement.check(module, tuple(inputs), training=False, rtol=ROUNDED.get(name, 1e-9))


@pytest.mark.parametrize("name", TRAINED)
def test_agrees_in_training(name):
    module, *inputs = MODULES[name]
    agreement.check(module, tuple(inputs), training=True)
