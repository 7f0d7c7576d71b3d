"""The workloads that are timed."""

from __future__ import annotations

import json

import pytest

from bench.small_workloads import SMALL
from chainrule.bench.measurements.step_time import CHECKED_STEPS
from chainrule.bench.networks import Perceptron
from chainrule.bench.workloads import WORKLOADS, Workload


def test_sizes_and_goals():
    table = {
        name: (w.network.sizes, w.batch, w.must, w.aim)
        for name, w in WORKLOADS.items()
        if isinstance(w.network, Perceptron)
    }
    assert table == {
        "tiny": ((2, 8, 2), 8, 10, 25),
        "small": ((64, 32, 10), 32, 3, 5),
        "mnist": ((784, 128, 10), 32, 1.3, 2),
        "wide": ((784, 512, 512, 10), 128, 1.0, 1.3),
        "deep": ((64, *[64] * 20, 10), 64, 1.5, 2.5),
        "norm": ((64, *[64] * 6, 10), 64, 1.5, 3),
        "infer-1": ((784, 128, 10), 32, 2, 4),
        "infer-1024": ((784, 128, 10), 32, 1.1, 1.4),
    }
    words = {
        name: (w.description, w.must, w.aim, w.aim_share)
        for name, w in WORKLOADS.items()
        if name not in table
    }
    assert words == {
        "lstm": ("64 characters, embedding 32, LSTM 128, T 50, batch 32", 1.3, None, 0.85),
        "gru": ("series of 8 features, GRU 64, T 100, batch 32", 3, 5, None),
        "conv": (
            "1 × 28 × 28, conv 8, conv 16 (3 × 3, no padding), linear 10, batch 64", 2, 4, None
        ),
        "attn": (
            "64 characters, a causal block of width 64 with 4 heads and 256 hidden, T 64, batch 16",
            1.5,
            3,
            None,
        ),
    }  # fmt: skip


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=lambda workload: workload.name)
def test_rows_and_forms(workload):
    assert workload.rows % workload.batch == 0
    assert workload.steps >= CHECKED_STEPS
    assert Workload.from_dict(workload.to_dict()) == workload
    assert Workload.from_dict(json.loads(json.dumps(workload.to_dict()))) == workload
    network = workload.network
    x, y = network.data(20)
    assert x.shape == (20, *network.input_shape)
    assert y.shape == (20, *network.target_shape)
    assert (network.codes is None) == (x.dtype == "float32")
    assert network.codes is None or 0 <= x.min() <= x.max() < network.codes
    if network.loss == "cross_entropy":
        assert 0 <= y.min() <= y.max() < network.outputs


def test_an_epoch_has_every_row_once():
    workload = SMALL["small"]
    assert sorted(workload.order(0).ravel()) == list(range(workload.rows))
    assert (workload.order(0) != workload.order(1)).any()
    assert (workload.order(1) == workload.order(1)).all()
