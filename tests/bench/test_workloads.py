"""The workloads that are timed."""

from __future__ import annotations

from bench.small_workloads import SMALL
from chainrule.bench.measurements.step_time import CHECKED_STEPS
from chainrule.bench.workloads import WORKLOADS, Workload


def test_sizes_and_goals():
    table = {name: (w.sizes, w.batch, w.must, w.aim) for name, w in WORKLOADS.items()}
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
    for workload in WORKLOADS.values():
        assert workload.rows % workload.batch == 0
        assert workload.steps >= CHECKED_STEPS
        assert Workload.from_dict(workload.to_dict()) == workload


def test_an_epoch_has_every_row_once():
    workload = SMALL["small"]
    assert sorted(workload.order(0).ravel()) == list(range(workload.rows))
    assert (workload.order(0) != workload.order(1)).any()
    assert (workload.order(1) == workload.order(1)).all()
