"""Linear layers equal one affine map."""

from __future__ import annotations

import numpy as np

from chainrule import gallery
from chainrule.gallery.examples.linear_collapse import collapsed, random_layers
from gallery.worked import table, worked


def test_layers_equal_one_affine_map():
    layers = random_layers(0)
    (W1, b1), (W2, b2), (W3, b3) = layers
    W, b = collapsed(layers)
    np.testing.assert_allclose(W, W3 @ W2 @ W1, rtol=1e-12)
    np.testing.assert_allclose(b, W3 @ (W2 @ b1 + b2) + b3, rtol=1e-12)
    x = np.random.default_rng(7).normal(size=3)
    deep = W3 @ (W2 @ (W1 @ x + b1) + b2) + b3
    np.testing.assert_allclose(W @ x + b, deep, atol=1e-12)
    rows = table(worked("linear-collapse"), "one affine map")["rows"]
    np.testing.assert_allclose([row[1:] for row in rows], np.column_stack([W, b]))


def test_only_an_activation_makes_a_difference():
    rows = [row[1] for row in table(worked("linear-collapse"), "random inputs")["rows"]]
    assert rows[0] < 1e-12
    assert rows[1] < 1e-12
    assert rows[2] > 1e-3


def test_the_slope_is_the_product_of_the_weights():
    for x in (0.5, -40.0):
        report = gallery.get("linear-collapse").work({"x": x})
        assert report.to_dict()["gradients"]["x"] == 2 * -3 * 0.25
