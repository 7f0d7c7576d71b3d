"""Modules of PyTorch's, recorded: values and gradients are PyTorch's own."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from interop import agreement
from interop.modules import MODULES, ROUNDED


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_it_agrees_with_autograd(name, training):
    module, *inputs = MODULES[name]
    if training and not list(module.children()) and "Norm" not in name:
        pytest.skip("nothing that knows of training")
    agreement.check(module, tuple(inputs), training=training, rtol=ROUNDED.get(name, 1e-9))
