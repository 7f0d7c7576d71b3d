"""Layers made of NumPy's linear algebra train on the engine as by the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.nn import Constant, Layer, Linear, Sequential, XavierUniform
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops.losses import cross_entropy
from chainrule.train.steps.compiled import CompiledStepper
from train.compiled_cases import Setup, batches

WIDTH = 5


class Whitened(Layer):
    """The solution of (W·Wᵀ + 1)·h = x for each row x, over its norm, mixed by a tensor."""

    def __init__(self, dtype: Any = np.float64) -> None:
        slots = {
            "weight": Slot((WIDTH, WIDTH), XavierUniform(), dtype=dtype),
            "mixing": Slot((WIDTH, 2, WIDTH), Constant(0.3), dtype=dtype),
        }
        super().__init__(slots=slots, seed=1)

    def apply(self, scope: Scope, x: cr.Tensor) -> cr.Tensor:
        w = scope["weight"]
        h = np.linalg.solve(w @ w.T + np.eye(WIDTH, dtype=w.dtype), x.T).T
        h = h / (np.linalg.norm(h, axis=1, keepdims=True) + 1.0)
        return np.einsum("bi,icj,bj->bj", h, scope["mixing"], x)


def model(dtype: Any) -> Layer:
    return Sequential(Whitened(dtype), Linear(WIDTH, 3, seed=2, dtype=dtype))


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-4)])
def test_solve_einsum_and_norm_train_on_the_engine(dtype, tolerance):
    setup = Setup(model, loss=cross_entropy)
    compiled, reference = (setup.stepper(engine, dtype) for engine in ("compiled", "reference"))
    assert isinstance(compiled, CompiledStepper)
    losses = []
    for rows in batches(30):
        found, expected = compiled.run([rows], [0.05]), reference.run([rows], [0.05])
        np.testing.assert_allclose(found, expected, rtol=tolerance)
        losses += list(found)
    np.testing.assert_allclose(
        compiled.parameters, reference.parameters, rtol=tolerance, atol=tolerance
    )
    assert np.mean(losses[-3:]) < 0.8 * np.mean(losses[:3])
