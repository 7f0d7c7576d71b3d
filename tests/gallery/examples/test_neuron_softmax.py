"""Softmax and cross-entropy of a layer, against `math`."""

from __future__ import annotations

import math

import pytest

from chainrule import gallery


def test_softmax_over_the_layer():
    found = gallery.get("neuron-softmax").work().to_dict()
    z = [0.2 * 0.001 + -1.3 * 0.01 + 2 * -0.005 + 0.01 * -1.2, 0.5, -0.25]
    shares = [math.exp(one) / sum(map(math.exp, z)) for one in z]
    nodes = {node["name"]: node for node in found["nodes"]}
    assert nodes["z1"]["value"] == pytest.approx(-0.0348)
    assert found["value"] == pytest.approx(-math.log(shares[0]))
    for i, (share, target) in enumerate(zip(shares, (1, 0, 0), strict=True), start=1):
        assert nodes[f"p{i}"]["value"] == pytest.approx(share)
        assert found["gradients"][f"z{i}"] == pytest.approx(share - target)
