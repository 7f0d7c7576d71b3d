"""A network that lecture notes work by hand: values, gradients, one update."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import nn
from chainrule.ops.losses import half_squared_error

# inputs 0.05 and 0.10, targets 0.01 and 0.99, sigmoid neurons, one shared bias a layer
VALUES = {
    "net_h": [0.3775, 0.39249999999999996],
    "out_h": [0.5932699921071872, 0.596884378259767],
    "net_o": [1.10590596705977, 1.2249214040964653],
    "out_o": [0.7513650695523157, 0.7729284653214625],
}
GRADIENTS = {
    "layers.0.weight": [
        [0.0004385677344743467, 0.0008771354689486934],
        [0.0004977127352608599, 0.0009954254705217198],
    ],
    "layers.0.bias": [0.01872560939470413],
    "layers.2.weight": [
        [0.08216704056423077, 0.08266762784753325],
        [-0.022602540477475067, -0.02274024221597822],
    ],
    "layers.2.bias": [0.10040032511200073],
}
UPDATED = {
    "layers.0.weight": [
        [0.1497807161327628, 0.19956143226552567],
        [0.24975114363236958, 0.29950228726473915],
    ],
    "layers.0.bias": [0.3406371953026479],
    "layers.2.weight": [
        [0.35891647971788465, 0.4086661860762334],
        [0.5113012702387375, 0.5613701211079891],
    ],
    "layers.2.bias": [0.5497998374439996],
}


def two_two_two():
    return nn.Sequential(
        nn.Linear.of([[0.15, 0.20], [0.25, 0.30]], [0.35], name="net_h"),
        nn.Sigmoid(name="out_h"),
        nn.Linear.of([[0.40, 0.45], [0.50, 0.55]], [0.60], name="net_o"),
        nn.Sigmoid(name="out_o"),
    )


@pytest.mark.parametrize("batch", [False, True])
def test_the_network_of_the_lecture_notes(batch):
    model = two_two_two()
    x, target = np.array([0.05, 0.10]), np.array([0.01, 0.99])
    if batch:
        x, target = x[None], target[None]
    loss = half_squared_error(model(x), target)
    np.testing.assert_allclose(loss.item(), 0.2983711087600027, rtol=1e-15)
    assert f"{loss.item():.9f}" == "0.298371109"
    named = {n.name: n.value for n in loss.graph().nodes if n.primitive and n.name}
    for name, value in VALUES.items():
        np.testing.assert_allclose(named[name].ravel(), value, rtol=1e-14)
    gradients = loss.gradients()
    assert set(gradients) == set(GRADIENTS)
    for name, gradient in GRADIENTS.items():
        np.testing.assert_allclose(gradients[name].value, gradient, rtol=1e-13)
        updated = model.parameters()[name].value - 0.5 * gradients[name].value
        np.testing.assert_allclose(updated, UPDATED[name], rtol=1e-14)
