"""Dropout: reproducible, inverted, different in every step and layer."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

ONES = np.ones((40, 25))


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_entries_are_dropped_at_the_rate_and_keep_their_expectation(rate):
    y = nn.Dropout(rate)(ONES, training=True).value
    np.testing.assert_allclose(np.unique(y), [0.0, 1 / (1 - rate)])
    assert abs((y == 0).mean() - rate) < 5 * np.sqrt(rate * (1 - rate) / y.size)


def test_dropped_entries_depend_on_seed_step_and_layer():
    def kept(layer, step):
        return layer(ONES, training=True, step=step).value.tobytes()

    layer = nn.Dropout(0.5, seed=1)
    assert kept(layer, 3) == kept(nn.Dropout(0.5, seed=1), 3)
    others = [kept(layer, 4), kept(nn.Dropout(0.5, seed=2), 3), kept(nn.Sequential(layer), 3)]
    assert len({kept(layer, 3), *others}) == 4


def test_two_layers_and_one_used_twice_are_independent():
    for model in (
        nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.5)),
        nn.Sequential(*[nn.Dropout(0.5)] * 2),
    ):
        y = model(ONES, training=True).value
        assert set(np.unique(y)) == {0.0, 4.0}
        assert abs((y == 0).mean() - 0.75) < 0.07


def test_evaluation_and_rate_zero_return_the_input():
    x = cr.variable(ONES)
    assert nn.Dropout(0.5)(x).node is x.node
    assert nn.Dropout(0.0)(x, training=True).node is x.node


def test_the_gradient_is_scaled_and_dropped_as_the_value_is():
    x = cr.variable(3 * ONES, "x")
    y = nn.Dropout(0.3)(x, training=True)
    np.testing.assert_allclose(3 * cr.sum(y).gradients()["x"].value, y.value)
