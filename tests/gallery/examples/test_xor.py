"""XOR: no perceptron on a fine grid, two layers by hand and by training."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from chainrule.gallery.examples.gates import INPUTS, TARGETS, perceptron_rule
from chainrule.gallery.examples.xor import TwoLayers, by_hand, random_parameters, train
from gallery.truth_tables import rows_right
from gallery.worked import table, worked


def test_no_perceptron_does_xor_on_a_fine_grid():
    axis = np.linspace(-3, 3, 25)
    best = max(
        rows_right(TARGETS["XOR"], *weights) for weights in itertools.product(axis, repeat=3)
    )
    assert best == 3
    passes = perceptron_rule(TARGETS["XOR"])
    assert len(passes) > 100
    assert all(p.rows_right(TARGETS["XOR"]) < 4 for p in passes)


def test_two_layers_by_hand():
    assert [by_hand(*row)[-1] for row in INPUTS] == list(TARGETS["XOR"])
    rows = table(worked("xor"), "by hand")["rows"]
    assert [row[4] for row in rows] == list(TARGETS["XOR"])
    assert all(row[-1] is True for row in rows)


@pytest.mark.parametrize("hidden", [2, 4])
def test_trained_networks_do_xor(hidden):
    W, b, v, c = train(TwoLayers(TARGETS["XOR"]), random_parameters(hidden, 1), 2.0, 1000)[0]
    for row, target in zip(INPUTS, TARGETS["XOR"], strict=True):
        sums = [
            sum(w * x for w, x in zip(W[0, h], row, strict=True)) + b[0, h] for h in range(hidden)
        ]
        z = sum(v[0, h] / (1 + math.exp(-s)) for h, s in enumerate(sums)) + c[0]
        assert (1 / (1 + math.exp(-z)) > 0.5) == bool(target)


def test_trained_outputs_are_shown():
    found = table(worked("xor"), "Trained by 1000 steps")
    assert "2-2-1 4 of 4, 2-4-1 4 of 4" in found["caption"]
    for _, _, target, small, large in found["rows"]:
        assert abs(small - target) < 0.1
        assert abs(large - target) < 0.1
    census = table(worked("xor"), "random starts")["rows"]
    solved = {name: int(starts.split()[0]) for name, starts, _ in census}
    assert 5 <= solved["2-2-1"] <= solved["2-4-1"] == 10


def test_networks_side_by_side_train_as_they_do_alone():
    task = TwoLayers(TARGETS["XOR"])
    starts = random_parameters(2, 3), random_parameters(2, 4)
    pair = [np.concatenate(parts) for parts in zip(*starts, strict=True)]
    together, _ = train(task, pair, 1.0, 20)
    for i, seed in enumerate((3, 4)):
        alone, _ = train(task, random_parameters(2, seed), 1.0, 20)
        for both, one in zip(together, alone, strict=True):
            np.testing.assert_allclose(both[i], one[0], rtol=1e-12)
